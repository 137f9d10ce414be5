# Error pages: what happened, and what to do next.

problem-home = Go to the start page

problem-bad-request-title = We could not read that
problem-bad-request-text = The form arrived incomplete or in a shape we do not know.
problem-bad-request-advice = Go back, reload the page and send the form again.
problem-forbidden-title = Request refused
problem-forbidden-text = The request came from another site or another address, so nothing was changed.
problem-forbidden-advice = Open this service in its own tab and do it from here.
problem-not-found-title = Nothing is here
problem-not-found-text = This address leads nowhere, or what was here is gone.
problem-not-found-advice = Check the address, or begin at the start page.
problem-method-title = This page cannot be opened directly
problem-method-text = This address is part of a form and cannot be opened on its own.
problem-method-advice = Begin at the start page.
problem-too-slow-title = That took too long
problem-too-slow-text = The form did not arrive in time, so nothing was changed.
problem-too-slow-advice = Check your connection, go back and send the form again.
problem-too-large-title = That is too much
problem-too-large-text = What was sent is larger than any form here.
problem-too-large-advice = Go back and send less.
problem-too-many-title = Too many tries
problem-too-many-text = To keep guessers out, we stop answering for a while.
problem-too-many-advice = Nothing is lost. Wait, then try again.
problem-internal-title = Our mistake
problem-internal-text = Something went wrong on our side. Nothing you did caused it.
problem-internal-advice = Try again. If it happens once more, tell the administrator when it was.
problem-unavailable-title = Back in a moment
problem-unavailable-text = The service is very busy or cannot reach its storage. To be safe, nobody can sign in meanwhile.
problem-unavailable-advice = Wait a moment, then try again.
