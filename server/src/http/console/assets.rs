//! Style, script and icon: built into the program, named by their content, kept by browsers for a year.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

/// A file that pages load.
pub struct Asset {
    name: &'static str,
    end: &'static str,
    media_type: &'static str,
    text: &'static str,
}

/// How everything looks.
pub static STYLE: LazyLock<Served> = LazyLock::new(|| Served::of(&STYLE_FILE));
/// What moves by itself.
pub static LIVE: LazyLock<Served> = LazyLock::new(|| Served::of(&LIVE_FILE));
/// The box over a page in which everything with a name is found.
pub static PALETTE: LazyLock<Served> = LazyLock::new(|| Served::of(&PALETTE_FILE));
/// What sends requests from the page about the API.
pub static API: LazyLock<Served> = LazyLock::new(|| Served::of(&API_FILE));
/// Chart.js, as it was released.
pub static CHART: LazyLock<Served> = LazyLock::new(|| Served::of(&CHART_FILE));
/// What draws tables with it.
pub static CHARTS: LazyLock<Served> = LazyLock::new(|| Served::of(&CHARTS_FILE));
/// The icon of the tab.
pub static ICON: LazyLock<Served> = LazyLock::new(|| Served::of(&ICON_FILE));

/// A file with its address.
pub struct Served {
    path: String,
    asset: &'static Asset,
}

impl Served {
    fn of(asset: &'static Asset) -> Self {
        let digest = muster_proto::id::Digest::of(asset.text.as_bytes()).to_string();
        let short = digest.get(..12).unwrap_or(&digest);
        Self { path: format!("/assets/{}-{short}.{}", asset.name, asset.end), asset }
    }

    /// Its address, which changes with its content.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// `GET /assets/{file}`.
#[must_use]
pub fn serve(path: &str) -> Option<Response> {
    let served = [&*STYLE, &*LIVE, &*PALETTE, &*API, &*CHART, &*CHARTS, &*ICON]
        .into_iter()
        .find(|served| served.path == path)?;
    let headers = [
        (header::CONTENT_TYPE, served.asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Some((headers, served.asset.text).into_response())
}

static STYLE_FILE: Asset = Asset {
    name: "console",
    end: "css",
    media_type: "text/css; charset=utf-8",
    text: include_str!("assets/console.css"),
};
static LIVE_FILE: Asset = Asset {
    name: "live",
    end: "js",
    media_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/live.js"),
};
static PALETTE_FILE: Asset = Asset {
    name: "palette",
    end: "js",
    media_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/palette.js"),
};
static API_FILE: Asset = Asset {
    name: "api",
    end: "js",
    media_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/api.js"),
};
static CHART_FILE: Asset = Asset {
    name: "chart",
    end: "js",
    media_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/vendor/chart.umd.js"),
};
static CHARTS_FILE: Asset = Asset {
    name: "charts",
    end: "js",
    media_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/charts.js"),
};
static ICON_FILE: Asset =
    Asset { name: "icon", end: "svg", media_type: "image/svg+xml", text: include_str!("assets/icon.svg") };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_under_its_own_name_only() {
        assert!(serve(STYLE.path()).is_some());
        assert!(serve(CHART.path()).is_some() && serve(CHARTS.path()).is_some());
        assert!(serve("/assets/console.css").is_none());
        assert!(serve("/assets/../console.css").is_none());
    }
}
