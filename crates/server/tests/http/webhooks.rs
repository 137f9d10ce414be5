//! Webhooks: what an application is told arrives signed, at its endpoint and nowhere else, until it was taken.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::Span;
use countersign::topic::Topic;
use countersign_server::clock::{Clock as _, WallClock};
use countersign_server::webhooks::client::{Client, Patience, Resolve, Resolving};
use countersign_server::webhooks::sender::round;
use countersign_server::webhooks::target::Target;
use countersign_store::deliveries::{LONGEST_ASKED, TAKEN_FOR};
use countersign_store::endpoints::Endpoint;
use serde_json::{Value, json};

use crate::api::client::Client as Shop;
use crate::mail_server::Authority;
use crate::processes::{Serving, program, run, said};
use crate::receiver::{Received, Receiver, Reply, status};
use crate::world::{MINUTE, STEP, World};

const OURS: &str = "[webhooks]\nallow_networks = [\"127.0.0.0/8\"]\n";

/// The longest that a message waits for its second try.
const SECOND_TRY: i64 = 6_000;

fn client(world: &World) -> Arc<Client> {
    Arc::new(Client::new(world.app.config.webhooks.clone()))
}

/// Sends whatever is due.
async fn send(world: &World) {
    round(&world.app, &client(world)).await.unwrap();
}

async fn add(world: &World, shop: &Shop, url: &str, only: &[Topic]) {
    let (now, mut chance) = (world.visit().now, world.app.chance);
    world.app.store.add_endpoint(shop.id, url, only, now, &mut chance).await.unwrap();
}

/// The keys of a shop, newest first.
async fn keys(world: &World, shop: &Shop) -> Vec<String> {
    let (now, mut chance) = (world.visit().now, world.app.chance);
    let keys = world.app.store.signing_keys(shop.id, now, &mut chance).await.unwrap();
    keys.iter().map(|signing| signing.key.reveal().to_string()).collect()
}

async fn endpoint(world: &World) -> Endpoint {
    world.app.store.endpoints().await.unwrap().remove(0)
}

/// A shop that is told at a receiver of what happens, and has not been told anything yet.
async fn told() -> (World, Shop, Receiver) {
    let (world, receiver) = (World::with(OURS), Receiver::start().await);
    let shop = world.application("Shop").await;
    add(&world, &shop, &receiver.url(), &[]).await;
    (world, shop, receiver)
}

/// What the guide shows as the `data` of a type.
fn example(topic: &str) -> Value {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/webhooks.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let row = guide.lines().find(|line| line.starts_with(&format!("| `{topic}` |")));
    let row = row.unwrap_or_else(|| panic!("docs/webhooks.md has no row of {topic}"));
    serde_json::from_str(row.rsplit('`').nth(1).unwrap()).unwrap()
}

fn topics(received: &[Received]) -> Vec<String> {
    received.iter().map(Received::about).collect()
}

#[tokio::test]
async fn h1_d5_whatever_happens_to_a_factor_is_told_signed_once_and_without_any_secret() {
    let (world, shop, receiver) = told().await;
    let key = keys(&world, &shop).await.remove(0);
    let mut secrets = vec![key.clone(), shop.key.clone()];
    let step = async |expected: &[&str]| {
        let before = receiver.so_far().len();
        send(&world).await;
        let came = receiver.so_far();
        assert_eq!(topics(&came[before..]), expected);
        assert!(came[before..].iter().all(|one| one.is_ours(&key, &world.clock)));
        came
    };
    let jana = shop.enrolled("jana").await;
    step(&["two_factor.enabled"]).await;
    world.pass(STEP);
    let second = shop.offered("jana").await;
    shop.confirm(&second, &second.code()).await.is(200);
    step(&["authenticator.added"]).await;
    let remembered = shop.verify(&jana, json!({ "code": jana.code(), "remember_device": true })).await;
    let device = remembered.body["device"]["token"].as_str().unwrap().to_owned();
    step(&["device.remembered"]).await;
    // A sign-in is no news, and neither is a wrong code.
    world.pass(STEP);
    let before = receiver.so_far().len();
    shop.verify_code(&jana, &jana.code()).await.is(200);
    shop.verify_code(&jana, &jana.wrong_code()).await;
    send(&world).await;
    assert_eq!(receiver.so_far().len(), before);
    let next = shop.verify(&jana, json!({ "device_token": device })).await;
    world.pass(MINUTE);
    shop.verify(&jana, json!({ "device_token": device })).await;
    step(&["device.copied"]).await;
    world.pass(STEP);
    shop.verify(&jana, json!({ "code": jana.code(), "remember_device": true })).await.is(200);
    step(&["device.remembered"]).await;
    let devices = shop.get(&jana.path("/devices")).await;
    let id = devices.body[0]["id"].as_str().unwrap();
    shop.delete(&jana.path(&format!("/devices/{id}"))).await.is(204);
    step(&["device.forgotten"]).await;
    world.pass(STEP);
    shop.verify(&jana, json!({ "code": jana.code(), "remember_device": true })).await.is(200);
    step(&["device.remembered"]).await;
    shop.delete(&jana.path("/devices")).await.is(204);
    step(&["devices.forgotten"]).await;
    shop.verify(&jana, json!({ "recovery_code": jana.recovery_codes[0] })).await.is(200);
    let came = step(&["recovery_code.used"]).await;
    assert_eq!(came.last().unwrap().json()["data"]["recovery_codes_left"], 1);
    let fresh = shop.post(&jana.path("/recovery-codes"), json!({})).await;
    step(&["recovery_codes.replaced"]).await;
    shop.delete(&jana.path(&format!("/authenticators/{}", second.authenticator))).await.is(204);
    step(&["authenticator.removed"]).await;
    for wrong in jana.wrong_codes().take(8) {
        shop.verify_code(&jana, &wrong).await;
    }
    step(&["account.locked"]).await;
    shop.delete(&jana.path("/two-factor")).await.is(204);
    step(&["two_factor.disabled"]).await;
    shop.delete("/accounts/jana").await.is(204);
    let came = step(&["account.removed"]).await;

    // H1: each is one line of the log, and has its place there. D5: none of them holds anything that opens a door.
    let names: BTreeSet<&str> = came.iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(names.len(), came.len());
    secrets.extend(jana.recovery_codes.iter().cloned());
    secrets.extend(
        fresh.body["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()),
    );
    secrets.extend([jana.key.clone(), second.key.clone(), device]);
    secrets.extend(next.body["device"]["token"].as_str().map(str::to_owned));
    let base32 = |key: &str| data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    for key in [&jana.key, &second.key] {
        secrets.push(data_encoding::HEXLOWER.encode(&base32(key)));
        secrets.push(data_encoding::BASE64.encode(&base32(key)));
    }
    secrets.extend(secrets.clone().iter().map(|secret| secret.replace('-', "")));
    let said = [jana.code(), jana.wrong_code()];
    for one in &came {
        assert_eq!(one.line, "POST /hooks?of=shop HTTP/1.1");
        let mut headers = one.names();
        headers.sort_unstable();
        assert_eq!(
            headers,
            [
                "connection",
                "content-length",
                "content-type",
                "host",
                "user-agent",
                "webhook-id",
                "webhook-signature",
                "webhook-timestamp"
            ]
        );
        let json = one.json();
        assert_eq!(json["data"]["user"], "jana");
        assert!(
            json["data"]["position"].as_i64().unwrap() > 0 && json["data"]["actor"] == "application",
            "{json}"
        );
        for secret in &secrets {
            assert!(secret.len() > 10 && !one.body.contains(secret.as_str()), "{secret} in {}", one.body);
        }
        assert!(said.iter().all(|code| !one.body.contains(code.as_str())), "{}", one.body);
    }
    for one in &came {
        let (shown, sent) = (example(&one.about()), &one.json()["data"]);
        let fields = |data: &Value| data.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(fields(&shown), fields(sent), "{}", one.about());
        for field in ["actor", "method"] {
            assert_eq!(shown[field], sent[field], "{field} of {}", one.about());
        }
    }
    assert!(Topic::ALL.iter().all(|topic| {
        *topic == Topic::TwoFactorImported || came.iter().any(|one| one.about() == topic.word())
    }));
}

#[tokio::test]
async fn i11_an_altered_body_an_old_timestamp_and_another_key_are_refused_by_whoever_checks() {
    let (world, shop, receiver) = told().await;
    shop.enrolled("jana").await;
    send(&world).await;
    let key = keys(&world, &shop).await.remove(0);
    let other = world.application("Club").await;
    let other = keys(&world, &other).await.remove(0);
    let one = receiver.so_far().remove(0);
    assert!(one.is_ours(&key, &world.clock));
    assert!(!one.is_ours(&other, &world.clock));
    let altered = Received { body: one.body.replace("jana", "eva"), ..one.clone() };
    assert!(!altered.is_ours(&key, &world.clock));
    world.pass(6 * MINUTE);
    assert!(!one.is_ours(&key, &world.clock), "who sends it again later is found out");
}

#[tokio::test]
async fn while_a_key_is_replaced_messages_are_signed_by_both() {
    let (world, shop, receiver) = told().await;
    let old = keys(&world, &shop).await.remove(0);
    let (store, mut chance) = (&world.app.store, world.app.chance);
    let new =
        store.rotate_signing_key(shop.id, Span::hours(24), world.visit().now, &mut chance).await.unwrap();
    let new = new.reveal().to_string();
    shop.enrolled("jana").await;
    send(&world).await;
    let one = receiver.so_far().remove(0);
    assert_eq!(one.header("webhook-signature").split(' ').count(), 2);
    assert!(one.is_ours(&old, &world.clock) && one.is_ours(&new, &world.clock));
    world.pass(24 * 60 * MINUTE);
    shop.enrolled("eva").await;
    send(&world).await;
    let one = receiver.so_far().remove(1);
    assert!(!one.is_ours(&old, &world.clock) && one.is_ours(&new, &world.clock));
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_under_the_same_name_and_undoes_nothing() {
    let (world, shop, receiver) = told().await;
    receiver.replies([status("500 Internal Server Error"), status("400 Bad Request")]);
    let jana = shop.enrolled("jana").await;
    send(&world).await;
    assert_eq!(shop.state(&jana).await["two_factor"], "on", "it happened, whoever was told");
    let failing = endpoint(&world).await;
    assert_eq!(failing.trouble.as_deref(), Some("it answered 500 Internal Server Error"));
    send(&world).await;
    assert_eq!(receiver.so_far().len(), 1, "not before its time");
    world.pass(SECOND_TRY);
    send(&world).await;
    world.pass(6 * MINUTE);
    send(&world).await;
    world.pass(60 * MINUTE);
    send(&world).await;
    let came = receiver.so_far();
    assert_eq!(came.len(), 3, "and not after it was taken");
    let key = keys(&world, &shop).await.remove(0);
    let same = |name| came.iter().all(|one| one.header(name) == came[0].header(name));
    assert!(same("webhook-id") && came.iter().all(|one| one.body == came[0].body));
    assert_ne!(
        came[0].header("webhook-timestamp"),
        came[2].header("webhook-timestamp"),
        "each try has its moment"
    );
    assert!(!came[2].is_ours(&key, &world.clock));
    let well = endpoint(&world).await;
    assert_eq!((well.waiting, well.failures, well.trouble), (0, 0, None));
}

#[tokio::test]
async fn an_endpoint_says_when_to_come_again_and_when_never() {
    let (world, shop, receiver) = told().await;
    let later = |asked: &str| {
        Reply::Bytes(format!("HTTP/1.1 503 Busy\r\nretry-after: {asked}\r\ncontent-length: 0\r\n\r\n"))
    };
    receiver.replies([later("600"), later("99999999"), status("410 Gone")]);
    shop.enrolled("jana").await;
    let mut tries = Vec::new();
    for (waits, almost) in [(600_000, 1), (LONGEST_ASKED.as_milliseconds(), 1)] {
        send(&world).await;
        tries.push(receiver.so_far().len());
        world.pass(waits - almost);
        send(&world).await;
        tries.push(receiver.so_far().len());
        world.pass(almost);
    }
    assert_eq!(tries, [1, 1, 2, 2]);
    send(&world).await;
    let off = endpoint(&world).await;
    assert_eq!((off.off_at, off.waiting, off.given_up), (Some(world.visit().now), 0, 1));
    shop.enrolled("eva").await;
    world.pass(MINUTE);
    send(&world).await;
    assert_eq!(receiver.so_far().len(), 3);
    let checked = String::from_utf8(run(&world.data(), &["check"]).stdout).unwrap();
    let line =
        checked.lines().find(|line| line.contains("messages to Shop")).unwrap_or_else(|| panic!("{checked}"));
    assert!(
        line.starts_with("warning") && line.contains("switched off") && line.contains("410 Gone"),
        "{line}"
    );
    assert!(!line.contains("of=shop"), "what may be a secret is not shown");
}

#[tokio::test]
async fn i11_a_redirect_is_not_followed() {
    let (world, shop, receiver) = told().await;
    let inside = Receiver::start().await;
    let replies = [301, 302, 303, 307, 308].map(|code| {
        let to = inside.url();
        Reply::Bytes(format!("HTTP/1.1 {code} Elsewhere\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"))
    });
    receiver.replies(replies);
    shop.enrolled("jana").await;
    for _ in 0..5 {
        send(&world).await;
        world.pass(6 * 60 * MINUTE);
    }
    assert_eq!((receiver.so_far().len(), inside.so_far().len()), (5, 0));
    assert!(endpoint(&world).await.trouble.unwrap().contains("redirects are not followed"));
}

/// Answers with these addresses, one after the other; the last for ever.
#[derive(Clone)]
struct Script(Arc<Mutex<Vec<Vec<&'static str>>>>, Arc<AtomicUsize>);

impl Script {
    fn of(answers: &[&[&'static str]]) -> Self {
        Self(Arc::new(Mutex::new(answers.iter().rev().map(|one| one.to_vec()).collect())), Arc::default())
    }
}

impl Resolve for Script {
    fn resolve<'a>(&'a self, _: &'a str, port: u16) -> Resolving<'a> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let mut left = self.0.lock().unwrap();
        let found = if left.len() > 1 { left.pop().unwrap() } else { left[0].clone() };
        let at = |address: &&str| SocketAddr::new(address.parse().unwrap(), port);
        let found: Vec<SocketAddr> = found.iter().map(at).collect();
        Box::pin(async move { Ok(found) })
    }
}

#[tokio::test]
async fn i11_no_message_goes_into_the_operators_own_network() {
    let (world, receiver) = (World::new(), Receiver::start().await);
    let shop = world.application("Shop").await;
    let port = receiver.port;
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("https://2130706433:{port}/"),
        format!("https://0x7f.1:{port}/"),
        format!("https://0.0.0.0:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        format!("https://[::ffff:7f00:1]:{port}/"),
        format!("https://localhost:{port}/"),
    ] {
        add(&world, &shop, &url, &[]).await;
    }
    shop.enrolled("jana").await;
    send(&world).await;
    assert_eq!(receiver.so_far().len(), 0);
    for one in world.app.store.endpoints().await.unwrap() {
        let trouble = one.trouble.unwrap();
        assert!(trouble.contains("webhooks.allow_networks does not allow it"), "{}: {trouble}", one.url);
    }
    // By whatever name, in whatever form, alone or beside a public address.
    let target = Target::parse(&format!("https://shop.example:{port}/")).unwrap();
    for answers in [
        &["127.0.0.1"][..],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::"],
        &["::127.0.0.1"],
        &["169.254.169.254"],
        &["fd00:ec2::254"],
        &["198.51.100.1", "127.0.0.1"],
        &["1.1.1.1", "10.0.0.1"],
    ] {
        let client = Client::new(world.app.config.webhooks.clone()).asking(Script::of(&[answers]));
        let refused = client.addresses(&target).await.unwrap_err().to_string();
        assert!(refused.contains("does not allow it"), "{answers:?}: {refused}");
    }
    let unprotected = Target::parse("http://shop.example/").unwrap();
    let client = Client::new(world.app.config.webhooks.clone()).asking(Script::of(&[&["1.1.1.1"]]));
    assert!(client.addresses(&unprotected).await.unwrap_err().to_string().contains("https alone"));
    assert!(client.addresses(&target).await.is_ok());
}

#[tokio::test]
async fn i11_a_name_that_changes_its_address_between_two_looks_leads_nowhere_else() {
    let world = World::with("[webhooks]\nallow_networks = [\"127.0.0.2\"]\n");
    let receiver = Receiver::at("127.0.0.2", 0, None).await;
    // Something inside, at the same port.
    let inside = Receiver::at("127.0.0.1", receiver.port, None).await;
    let shop = world.application("Shop").await;
    add(&world, &shop, &format!("http://shop.example:{}/", receiver.port), &[]).await;
    let name = Script::of(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let client = Arc::new(Client::new(world.app.config.webhooks.clone()).asking(name.clone()));
    shop.enrolled("jana").await;
    round(&world.app, &client).await.unwrap();
    // The name was looked up once, and what was judged is what was connected to.
    assert_eq!((name.1.load(Ordering::Relaxed), receiver.so_far().len(), inside.so_far().len()), (1, 1, 0));
    // For the next message it leads inside, and is judged anew.
    shop.enrolled("eva").await;
    round(&world.app, &client).await.unwrap();
    assert_eq!((name.1.load(Ordering::Relaxed), receiver.so_far().len(), inside.so_far().len()), (2, 1, 0));
    let trouble = endpoint(&world).await.trouble.unwrap();
    assert!(trouble.starts_with("127.0.0.1 is an address of this machine"), "{trouble}");
    // A second address that is allowed does not open the first.
    let both = Script::of(&[&["127.0.0.2", "127.0.0.1"]]);
    let client = Arc::new(Client::new(world.app.config.webhooks.clone()).asking(both));
    world.pass(SECOND_TRY);
    round(&world.app, &client).await.unwrap();
    assert_eq!((receiver.so_far().len(), inside.so_far().len()), (1, 0));
}

#[tokio::test]
async fn a_slow_endpoint_holds_up_nobody_and_its_answer_is_not_waited_for_without_end() {
    let (world, shop, slow) = told().await;
    let well = Receiver::start().await;
    add(&world, &shop, &well.url(), &[]).await;
    slow.replies([Reply::Silence]);
    shop.enrolled("jana").await;
    let patience = Patience { to_connect: Duration::from_secs(5), to_answer: Duration::from_secs(2) };
    let client = Arc::new(Client::new(world.app.config.webhooks.clone()).with_patience(patience));
    let (app, impatient) = (Arc::clone(&world.app), Arc::clone(&client));
    let sending = tokio::spawn(async move { round(&app, &impatient).await });
    slow.until(1).await;
    well.until(1).await;
    assert!(!sending.is_finished(), "the slow one is still waited for");
    sending.await.unwrap().unwrap();
    let all = world.app.store.endpoints().await.unwrap();
    let of = |url: &str| all.iter().find(|one| one.url == url).unwrap();
    assert_eq!(of(&slow.url()).trouble.as_deref(), Some("it did not answer in time"));
    assert_eq!((of(&well.url()).trouble.as_deref(), of(&well.url()).waiting), (None, 0));
    // An answer that never ends: its head is cut off, and its body is nobody's business.
    slow.replies([
        Reply::Endless("HTTP/1.1 200 OK\r\nx: ".to_owned()),
        Reply::Endless("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned()),
    ]);
    world.pass(SECOND_TRY);
    round(&world.app, &client).await.unwrap();
    assert!(endpoint_at(&world, &slow).await.trouble.unwrap().starts_with("the answer: "));
    world.pass(6 * MINUTE);
    round(&world.app, &client).await.unwrap();
    assert_eq!(endpoint_at(&world, &slow).await.waiting, 0);
}

async fn endpoint_at(world: &World, receiver: &Receiver) -> Endpoint {
    let all = world.app.store.endpoints().await.unwrap();
    all.into_iter().find(|one| one.url == receiver.url()).unwrap()
}

#[tokio::test]
async fn whoever_dies_before_it_is_noted_leaves_the_message_to_be_sent_again() {
    let (world, shop, receiver) = told().await;
    receiver.replies([Reply::Silence]);
    shop.enrolled("jana").await;
    let (app, client) = (Arc::clone(&world.app), client(&world));
    let sending = tokio::spawn(async move { round(&app, &client).await });
    receiver.until(1).await;
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    let other = world.another();
    send(&other).await;
    assert_eq!(receiver.so_far().len(), 1, "nobody knows yet that it died");
    world.pass(TAKEN_FOR.as_milliseconds());
    send(&other).await;
    let came = receiver.so_far();
    assert_eq!(came.len(), 2);
    assert_eq!(came[0].header("webhook-id"), came[1].header("webhook-id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_nodes_one_sends_each_message() {
    let (world, shop, receiver) = told().await;
    let other = world.another();
    for user in ["a", "b", "c", "d"] {
        shop.enrolled(user).await;
    }
    let rounds = [&world, &other, &world, &other].map(|world| {
        let (app, client) = (Arc::clone(&world.app), client(world));
        tokio::spawn(async move { round(&app, &client).await })
    });
    for sent in rounds {
        sent.await.unwrap().unwrap();
    }
    send(&world).await;
    let came = receiver.so_far();
    let users: BTreeSet<String> = came.iter().map(|one| one.json()["data"]["user"].to_string()).collect();
    assert_eq!((came.len(), users.len()), (4, 4));
}

#[tokio::test]
async fn an_endpoint_is_known_by_its_certificate() {
    let authority = Authority::new();
    let receiver = Receiver::with(&authority).await;
    let settings = |ca: &str| format!("{OURS}{ca}");
    let known = World::with(&settings(&format!("ca_file = {:?}\n", authority.file("ca.pem"))));
    let stranger = World::with(&settings(""));
    for (world, host, expected) in [
        (&known, "localhost", None),
        (&stranger, "localhost", Some("TLS: ")),
        // The right address, by a name that its certificate is not of.
        (&known, "127.0.0.3", Some("")),
    ] {
        let shop = world.application(&format!("Shop at {host}")).await;
        let url = format!("https://{host}:{}/", receiver.port);
        add(world, &shop, &url, &[]).await;
        shop.enrolled("jana").await;
        send(world).await;
        let all = world.app.store.endpoints().await.unwrap();
        let trouble = all.into_iter().find(|one| one.url == url).unwrap().trouble;
        match expected {
            None => assert_eq!((trouble, receiver.so_far().len()), (None, 1)),
            Some(begins) => assert!(trouble.as_deref().unwrap().starts_with(begins), "{trouble:?}"),
        }
    }
    let shop = known.application("Elsewhere").await;
    let url = format!("https://shop.example:{}/", receiver.port);
    add(&known, &shop, &url, &[]).await;
    shop.enrolled("eva").await;
    let client = Client::new(known.app.config.webhooks.clone()).asking(Script::of(&[&["127.0.0.1"]]));
    round(&known.app, &Arc::new(client)).await.unwrap();
    let all = known.app.store.endpoints().await.unwrap();
    let trouble = all.into_iter().find(|one| one.url == url).unwrap().trouble.unwrap();
    assert!(trouble.starts_with("TLS: ") && receiver.so_far().len() == 1, "{trouble}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_adds_tries_lists_and_removes_endpoints_and_the_service_sends_to_them() {
    let (world, receiver) = (World::at(WallClock.now().milliseconds()), Receiver::start().await);
    let shop = world.application("Corner shop").await;
    let (data, url) = (world.data(), receiver.url());
    let allowed = |words: &[&str]| {
        let mut command = program(&data, words);
        command.env("COUNTERSIGN_WEBHOOKS_ALLOW_NETWORKS", "127.0.0.1");
        command.output().unwrap()
    };
    let text = |output: &std::process::Output| {
        [&output.stdout[..], &output.stderr].concat().iter().map(|byte| char::from(*byte)).collect::<String>()
    };
    let refused = run(&data, &["webhook", "add", "Corner shop", &url]);
    assert!(
        !refused.status.success() && text(&refused).contains("webhooks.allow_networks"),
        "{}",
        text(&refused)
    );
    let refused = allowed(&["webhook", "add", "Corner shop", &url, "--only", "two_factor"]);
    assert!(text(&refused).contains("two_factor.enabled, "), "{}", text(&refused));
    let added =
        allowed(&["webhook", "add", "Corner shop", &url, "--only", "two_factor.enabled,account.locked"]);
    assert!(added.status.success(), "{}", text(&added));
    assert!(!allowed(&["webhook", "add", "Corner shop", &url]).status.success(), "there already");
    let listed = said(&data, &["webhook", "list", "Corner shop"]);
    assert!(listed.contains(&url) && listed.contains("wants two_factor.enabled, account.locked"), "{listed}");

    receiver.replies([Reply::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nthanks".to_owned())]);
    let tried = allowed(&["webhook", "try", "Corner shop", &url]);
    assert!(
        tried.status.success() && text(&tried).contains("200 OK") && text(&tried).contains("thanks"),
        "{}",
        text(&tried)
    );
    let one = receiver.so_far().remove(0);
    assert_eq!(
        (one.about(), one.json()["data"]["application"].as_str()),
        ("webhook.test".into(), Some("Corner shop"))
    );
    receiver.replies([status("404 Not Found")]);
    let tried = allowed(&["webhook", "try", "Corner shop", &url]);
    assert!(!tried.status.success() && text(&tried).contains("404 Not Found"), "{}", text(&tried));

    let log = world.data().parent().unwrap().join("webhooks.log");
    let mut command = program(&data, &["serve", "--listen", "127.0.0.1:0"]);
    command.env("COUNTERSIGN_WEBHOOKS_ALLOW_NETWORKS", "127.0.0.1");
    let _service = Serving::of(command, log);
    shop.enrolled("jana").await;
    let came = receiver.until(3).await;
    assert_eq!(came[2].about(), "two_factor.enabled");
    said(&data, &["webhook", "resume", "Corner shop", &url]);
    said(&data, &["webhook", "remove", "Corner shop", &url]);
    assert_eq!(said(&data, &["webhook", "list"]), "");
    let again = run(&data, &["webhook", "remove", "Corner shop", &url]);
    assert!(!again.status.success() && text(&again).contains("has no endpoint"), "{}", text(&again));
}
