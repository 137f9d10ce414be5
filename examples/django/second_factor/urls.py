from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from . import views

app_name = "second_factor"


def page(address, view):
    # No cache keeps a page with a secret in it, and no report of an error what was sent with a form.
    return path(address, never_cache(sensitive_post_parameters()(view)), name=view.__name__)


urlpatterns = [
    page("", views.state),
    page("code/", views.code),
    page("turn-on/", views.turn_on),
    page("set-up/", views.set_up),
    page("turn-off/", views.turn_off),
]
