//! [`Stage`]: an example in a simulated world, which has a copy of its folder.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use http::{Request, Response};
use http_body_util::BodyExt;
use nojit::{
    app::{self, App},
    component::Engine,
    event::{Event, Observer},
    function::{Outcome, World},
    http::Site,
    payload::{Payload, json},
    registry::OsVariables,
};
use nojit_shims::{
    host::{
        Host,
        sim::{SimTask, SimWorld},
    },
    http::{
        BoxBody, OutgoingHttpBody,
        server::{Exchange, Handler, Received},
    },
};

/// Bytes of a body that is collected.
const BODY_BYTES: u64 = 65_536;

/// A folder below `examples`.
pub(super) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// An example that runs.
pub(super) struct Stage {
    pub(super) world: SimWorld,
    pub(super) app: Arc<App>,
    lines: Arc<Lines>,
    /// Those who keep the pools, as long as there is a stage.
    _keepers: Vec<SimTask<()>>,
}

/// What guests write.
#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Observer for Lines {
    fn observe(&self, event: &Event<'_>) {
        if let Event::Line(line) = event {
            self.0.lock().expect("nobody panics with it").push(line.text.to_owned());
        }
    }
}

impl Stage {
    pub(super) fn new(name: &str) -> Stage {
        Stage::with_variables(name, &[])
    }

    /// With these variables of the operating system.
    pub(super) fn with_variables(name: &str, os: &[(&str, &str)]) -> Stage {
        let os: OsVariables = os.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let loaded = app::load(&folder(name), &os, &Engine::default()).map_err(|problems| problems.to_string());
        let (registry, functions) = loaded.expect("the example loads");
        let (world, lines) = (SimWorld::new(7), Arc::new(Lines::default()));
        copy(registry.app_dir(), &world);
        let hosts = world.clone();
        let guests = World::new(move || hosts.host() as Arc<dyn Host>).with_variables(os).with_observer(lines.clone());
        let app = Arc::new(App::new(registry, functions, guests));
        let keep = |(_, pool): (_, &Arc<nojit::pool::Pool>)| {
            let pool = pool.clone();
            world.spawn(&world.host(), async move { pool.keep().await })
        };
        let keepers = app.pools().map(keep).collect();
        Stage { world, app, lines, _keepers: keepers }
    }

    /// The answer of a function as JSON, or its error; the arguments are a JSON array.
    pub(super) fn call(&self, id: &str, args: &str) -> String {
        let args = json::from_text(args).expect("the arguments are JSON");
        let args = args.as_array().expect("they are an array").to_vec();
        let (outcome, _) = self.world.run(self.app.call(id, &args)).expect("nobody waits for ever");
        match outcome {
            Ok(Outcome::Value(value)) => json::to_text(&value.unwrap_or(Payload::Null)),
            Ok(Outcome::GuestError(error)) => format!("err {}", json::to_text(&error)),
            Err(error) => format!("{:?}: {}", error.kind(), error.message()),
        }
    }

    /// The lines that guests have written since they were last asked for.
    pub(super) fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.0.lock().expect("nobody panics with it"))
    }

    /// The app's only site.
    pub(super) fn site(&self) -> Site {
        let sites = self.app.registry().sites();
        let [declared] = &sites[..] else { unreachable!("the example has one site") };
        let mut site = Site::new("test", self.world.host(), BODY_BYTES, None);
        for route in &declared.routes {
            let pool = self.app.pool(route.func.as_str()).expect("the function is there");
            site.add(route, pool.clone()).expect("it answers requests");
        }
        site
    }

    /// The answer of the app's only site.
    pub(super) fn ask(&self, request: Request<&str>) -> Response<String> {
        let text = |body: Vec<u8>| String::from_utf8(body).expect("it is text");
        self.ask_of(&self.site(), request).map(text)
    }

    /// The answer of a site.
    pub(super) fn ask_of(&self, site: &Site, request: Request<&str>) -> Response<Vec<u8>> {
        let body = |text: &str| Box::pin(OutgoingHttpBody::full(text.to_owned())) as BoxBody;
        let request = request.map(body);
        let received = Received { request, authority: "example.com".to_owned(), remote: None, is_secure: false };
        let Exchange { response, work, .. } = site.begin(received);
        let _working = work.map(|work| self.world.spawn(&self.world.host(), work));
        let answered = async {
            let (parts, body) = response.await.into_parts();
            let body = body.collect().await.expect("the body comes whole").to_bytes();
            Response::from_parts(parts, body.to_vec())
        };
        self.world.run(answered).expect("nobody waits for ever")
    }

    /// The status and the body for a request.
    pub(super) fn answer(&self, method: &str, path: &str, body: &str) -> String {
        let request = Request::builder().method(method).uri(path).body(body).expect("it is a request");
        let response = self.ask(request);
        format!("{} {}", response.status().as_u16(), response.body())
    }
}

/// Copies what is in a folder to the files of the world.
#[expect(clippy::disallowed_methods, reason = "the test reads an example")]
fn copy(folder: &Path, world: &SimWorld) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        match path.is_dir() {
            // Of sources nothing is asked; what was built beside them is large.
            true if path.file_name().is_some_and(|name| name == "target") => {}
            true => copy(&path, world),
            false => world.files().write(path.to_str().expect("text"), fs::read(&path).expect("it can be read")),
        }
    }
}
