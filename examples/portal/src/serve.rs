//! Connections: HTTP/1.1, bounded in number and in time.

use alloc::sync::Arc;
use core::{future::Future, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};

/// Serves until `stop` is done, then finishes what it has begun.
///
/// `axum::serve` sets no limit on connections or on the time a request's head may take.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(LONGEST_HEAD)
        .max_buf_size(LARGEST_HEAD);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let open = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles, or gone before we came: the next one may do.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            let _place = place;
            // An error here is a browser that went away.
            let _ = connection.await;
        });
    }
    let _ = tokio::time::timeout(FAREWELL, open.shutdown()).await;
}

const CONNECTIONS: usize = 512;
const LONGEST_HEAD: Duration = Duration::from_secs(10);
const LARGEST_HEAD: usize = 16 * 1024;
const PAUSE: Duration = Duration::from_millis(50);
const FAREWELL: Duration = Duration::from_secs(5);
