//! A portal, a wiki that knows nothing of it, and a proxy before both.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use countersign::group::Group;
use countersign_server::clock::{Clock as _, ManualClock, WallClock};
use tempfile::TempDir;

use crate::application::Application;
use crate::person::Person;
use crate::process::{Process, free_place};
use crate::recipe::{at_places, block, settings, without_tls};
use crate::traefik::Traefik;
use crate::visitor::Visitor;
use crate::world::World;

/// It ends with this.
pub(crate) struct Scene {
    /// The wiki.
    pub(crate) application: Application,
    /// Where the proxy listens.
    pub(crate) place: SocketAddr,
    /// Another server of the same installation: it makes people.
    pub(crate) world: World,
    /// Where Countersign listens.
    pub(crate) countersign: SocketAddr,
    /// Its process.
    pub(crate) service: Process,
    /// The proxy's process, where it is one.
    pub(crate) proxy: Option<Process>,
    dir: TempDir,
}

impl Scene {
    pub(crate) async fn nginx() -> Self {
        let mut scene = Self::unproxied();
        let dir = scene.place("nginx");
        let (countersign, application) = (scene.countersign.to_string(), scene.application.place.to_string());
        let portal = block("operate.md", "# /etc/nginx/conf.d/countersign.conf");
        let portal = at_places(&portal, &[("127.0.0.1:8080", &countersign)]);
        let ask = dir.join("countersign-ask.conf");
        let places = [
            ("/etc/nginx/countersign-ask.conf", ask.to_str().unwrap()),
            ("127.0.0.1:3000", application.as_str()),
        ];
        fs::write(&ask, block("forward-auth.md", "# /etc/nginx/countersign-ask.conf")).unwrap();
        let wiki = at_places(&block("forward-auth.md", "# /etc/nginx/conf.d/wiki.conf"), &places);
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary: String =
            temporary.iter().map(|place| format!("{place}_temp_path {place}; ")).collect();
        let config = format!(
            "daemon off; master_process off; pid pid; error_log stderr warn; events {{ }}\n\
             http {{ access_log off; {temporary} client_max_body_size 100m;\n{}\n{} }}",
            without_tls(&portal, scene.place),
            without_tls(&wiki, scene.place),
        );
        fs::write(dir.join("nginx.conf"), config).unwrap();
        scene.proxy = Some(Process::nginx(&dir, scene.place));
        scene
    }

    pub(crate) async fn caddy() -> Self {
        let mut scene = Self::unproxied();
        let dir = scene.place("caddy");
        let (countersign, application) = (scene.countersign.to_string(), scene.application.place.to_string());
        // Without a certificate it has to be told that there is TLS; nothing else is changed.
        let with_tls = "header_up X-Forwarded-Proto https";
        let recipe = at_places(
            &block("forward-auth.md", "# /etc/caddy/Caddyfile"),
            &[
                ("sign-in.example.com {", &format!("http://sign-in.example.com:{} {{", scene.place.port())),
                ("wiki.example.com {", &format!("http://wiki.example.com:{} {{", scene.place.port())),
                (
                    "reverse_proxy 127.0.0.1:8080\n",
                    &format!("reverse_proxy {countersign} {{\n{with_tls}\n}}\n"),
                ),
                ("uri /forward-auth\n", &format!("uri /forward-auth\n{with_tls}\n")),
                ("127.0.0.1:8080", &countersign),
                ("127.0.0.1:3000", &application),
            ],
        );
        fs::write(
            dir.join("Caddyfile"),
            format!("{{\nadmin off\nauto_https off\ndefault_bind {}\n}}\n{recipe}", scene.place.ip()),
        )
        .unwrap();
        scene.proxy = Some(Process::caddy(&dir, scene.place));
        scene
    }

    pub(crate) async fn traefik() -> Self {
        let mut scene = Self::unproxied();
        let traefik = Traefik::of_the_document(scene.countersign, scene.application.place);
        scene.place = traefik.start().await;
        scene
    }

    fn unproxied() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let world = World::within(dir.path(), ManualClock::at(WallClock.now_ms()), &settings());
        let (service, countersign) = Process::countersign(dir.path());
        let application = Application::start();
        Self { application, place: free_place(), world, countersign, service, proxy: None, dir }
    }

    fn place(&self, name: &str) -> std::path::PathBuf {
        let place: &Path = self.dir.path();
        let place = place.join(name);
        fs::create_dir(&place).unwrap();
        place
    }

    /// Somebody with 2FA who may see the wiki.
    pub(crate) async fn member(&self) -> Person {
        let person = self.world.enrolled("zofie@example.org").await;
        self.put_into(&person, "staff").await;
        person
    }

    pub(crate) async fn put_into(&self, person: &Person, group: &str) {
        let group = Group::parse(group).unwrap();
        self.world.app.store.change_groups(person.id, &[group], &[], &self.world.visit()).await.unwrap();
    }

    /// A browser that nobody has used yet.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor::new(self.place)
    }

    /// Whatever went wrong, in the words of everybody.
    pub(crate) fn told(&self) -> String {
        let proxy = self.proxy.as_ref().map(Process::told).unwrap_or_default();
        format!("{}\n{proxy}", self.service.told())
    }
}
