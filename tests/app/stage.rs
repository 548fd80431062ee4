//! What a test plays on: an app that serves in a simulated world, and its clients.

use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};

use nojit::{app::App, function::World};
use nojit_shims::host::{Host, sim::SimWorld};

use super::{client::Client, folder::Folder, told::Told};

/// Serves an app until the client has ended or stops it. What comes of the client.
pub(super) fn play<R, C>(folder: &Folder, client: impl FnOnce(Client) -> C + Send + 'static) -> R
where
    R: Send + 'static,
    C: Future<Output = R> + Send + 'static,
{
    play_to_the_end(folder, client).0
}

/// As [`play`]; also when the app has ended.
pub(super) fn play_to_the_end<R, C>(folder: &Folder, client: impl FnOnce(Client) -> C + Send + 'static) -> (R, Duration)
where
    R: Send + 'static,
    C: Future<Output = R> + Send + 'static,
{
    let world = SimWorld::new(1);
    let [serving, asking] = [world.host(), world.host()];
    let (registry, functions) = folder.load();
    // One machine: what guests compute, others wait for.
    let (told, machine) = (Arc::new(Told::default()), serving.clone());
    let guests = World::new(move || machine.clone()).with_observer(told.clone());
    let app = Arc::new(App::new(registry, functions, guests));
    let listening = app.listen(serving.clone(), &[]).expect("all ports are free");
    let (stop, stopped) = smol::channel::bounded::<Infallible>(1);
    let (running, clock) = (app.clone(), serving.clone());
    let served = world.spawn(&serving, async move {
        let stop = async {
            let _stopped = stopped.recv().await;
        };
        running.run(listening, stop).await;
        clock.clock().now()
    });
    let client =
        client(Client::new(world.clone(), asking.clone(), serving.net().ipv4().into(), app, told, stop.clone()));
    let asked = world.spawn(&asking, async move {
        let result = client.await;
        stop.close();
        result
    });
    let both = world.run(async move {
        let result = asked.await;
        (result, served.await)
    });
    both.expect("both come to an end")
}
