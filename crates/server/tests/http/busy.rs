//! When too many passwords wait to be hashed: who comes is told so at once, and everything else goes on.

use std::sync::mpsc;

use crate::world::World;

#[tokio::test]
async fn a_full_queue_of_hashes_is_said_at_once_and_all_other_pages_answer() {
    let world = World::with("[password]\nhash_threads = 1\nhash_queue = 1");
    let person = world.enrolled("zofie@example.org").await;
    let signed_in = world.signed_in(&person).await;
    let before = world.state(person.id).await;
    // One job holds the only thread, another the only place to wait.
    let (release, released) = mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let hasher = world.app.hasher.clone();
    let held = tokio::spawn(async move {
        hasher
            .run(move |_| {
                begin.send(()).unwrap();
                let _ended = released.recv();
            })
            .await
    });
    begun.await.unwrap();
    let hasher = world.app.hasher.clone();
    let mut second = Box::pin(async move { hasher.run(|_| ()).await });
    assert!(poll_once(&mut second).await.is_none(), "it waits");

    for page in [
        world.browser().type_password(&person).await,
        world.browser().post("/sign-in", &[("email", "nobody@example.org"), ("password", "x")]).await,
        signed_in.clone().post("/account/two-factor/turn-off", &[("password", "x")]).await,
    ] {
        page.is(503).says("<h1>Back in a moment</h1>");
        assert_eq!(page.header("retry-after"), Some("5"));
        assert!(!page.gives("session") && !page.gives("pending"));
    }
    world.browser().get("/health").await.is(200);
    world.browser().get("/sign-in").await.is(200);
    signed_in.clone().get("/account").await.is(200);
    assert_eq!(world.state(person.id).await, before, "no attempt was looked at, and none was counted");

    drop(release);
    held.await.unwrap().unwrap();
    second.await.unwrap();
    world.pass(crate::world::STEP);
    world.browser().sign_in(&person).await;
}

/// What a future has to say at once.
async fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        })
    })
    .await
}
