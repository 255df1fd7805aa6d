//! Charts as SVG, written here: scales and a small canvas.
//!
//! A chart has to follow the page's light and dark colours, stay sharp from 390 to
//! 1280 pixels and on paper, carry a title and a description for who cannot see it,
//! and show the exact record under the pointer. So lengths along an axis are per
//! cent of the width and everything else is in CSS pixels: bars and dots stretch with
//! the page, while text and lines keep their size. Colours are classes of the style
//! sheet. The kept plotting crate draws to fixed pixels and fixed colours and can do
//! none of this.

mod canvas;
mod scale;

pub use canvas::{Anchor, Canvas, lane_path, steps_path};
pub use scale::{Linear, Log, nice_ceiling};
