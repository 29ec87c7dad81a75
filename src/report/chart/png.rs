//! A chart as PNG, drawn by resvg with an embedded font, so that every machine makes the same picture.

use std::sync::Arc;

use resvg::tiny_skia;
use resvg::usvg;

use super::svg::FONT_FAMILY;

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans-subset.ttf");
const BOLD: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans-Bold-subset.ttf");

/// Pixels of the picture per pixel of the drawing: sharp on paper and on dense screens.
const SCALE: f32 = 2.0;

/// The fonts, read once for many charts.
#[derive(Debug)]
pub struct Painter {
    fonts: Arc<usvg::fontdb::Database>,
}

impl Default for Painter {
    fn default() -> Self {
        let mut fonts = usvg::fontdb::Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(BOLD.to_vec());
        fonts.set_sans_serif_family(FONT_FAMILY);
        Self { fonts: Arc::new(fonts) }
    }
}

impl Painter {
    /// The SVG as PNG.
    ///
    /// # Panics
    /// If the SVG is not one of ours: ours always parse, and have a size.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a chart is 1 440 pixels wide"
    )]
    pub fn paint(&self, svg: &str) -> Vec<u8> {
        let options = usvg::Options {
            fontdb: Arc::clone(&self.fonts),
            font_family: FONT_FAMILY.to_owned(),
            ..usvg::Options::default()
        };
        let tree = usvg::Tree::from_str(svg, &options).expect("our own SVG parses");
        let size = tree.size();
        let (width, height) = ((size.width() * SCALE).ceil() as u32, (size.height() * SCALE).ceil() as u32);
        let mut picture = tiny_skia::Pixmap::new(width, height).expect("a chart has a size");
        resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
        picture.encode_png().expect("memory takes every byte")
    }
}
