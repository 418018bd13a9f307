//! Behind proxies, a request's sender is whom they name: from here on, the address at the other end is that one, for limits and for the audit.

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::Proxies;

/// The same routes, behind these proxies.
pub fn behind(router: Router, proxies: &Arc<Proxies>) -> Router {
    if proxies.is_empty() {
        return router;
    }
    router.layer(from_fn_with_state(Arc::clone(proxies), name_the_sender))
}

async fn name_the_sender(State(proxies): State<Arc<Proxies>>, mut request: Request, next: Next) -> Response {
    if let Some(&ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let lines = request.headers().get_all(proxies.header()).iter();
        // a line that is no text is one that no proxy of ours has written
        let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap_or_default()).collect();
        let sender = proxies.sender(peer.ip(), lines.into_iter());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(sender, peer.port())));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::peer;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    async fn seen(from: &str, header: &str) -> String {
        let proxies = Arc::new(Proxies::new(vec!["10.0.0.2".parse().unwrap()], Default::default()));
        let routes =
            Router::new().route("/", get(async |request: Request| peer(&request.into_parts().0).to_string()));
        let from: SocketAddr = from.parse().unwrap();
        let routes = behind(routes, &proxies).layer(axum::Extension(ConnectInfo(from)));
        let request = Request::get("/").header("x-forwarded-for", header).body(Body::empty()).unwrap();
        let answer = TowerToHyperService::new(routes).call(request).await.unwrap();
        String::from_utf8(to_bytes(answer.into_body(), 100).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_proxy_is_believed_and_nobody_else() {
        assert_eq!(seen("10.0.0.2:5", "6.6.6.6, 198.51.100.1").await, "198.51.100.1");
        assert_eq!(seen("10.0.0.3:5", "198.51.100.1").await, "10.0.0.3");
    }
}
