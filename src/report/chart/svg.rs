//! Turns a drawing's placeholder colours into CSS variables (inside a page) or concrete colours (in a file).

use std::fmt::Write;

use super::draw::Datum;
use super::draw::Drawing;
use super::ink::Ink;

/// The family that every chart file names; PNG files are drawn with the embedded subset of it.
pub const FONT_FAMILY: &str = "DejaVu Sans";

/// Where the SVG will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Inside a page, which gives colours and font.
    Page,
    /// In a file of its own, on white.
    File,
}

/// The finished SVG: named, described, coloured. `id` makes the element names unique within a page.
#[must_use]
pub fn finish(drawing: &Drawing, id: &str, title: &str, description: &str, place: Place) -> String {
    let mut svg = opening(drawing, id, place);
    let _ = write!(svg, "<title id=\"{id}-title\">{}</title>", escape(title));
    let _ = writeln!(svg, "<desc id=\"{id}-desc\">{}</desc>", escape(description));
    if place == Place::File {
        let _ = writeln!(svg, "<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>", Ink::Surface.light());
    }
    // The first line is plotters' own opening tag.
    let body = drawing.svg.split_once('\n').map_or("", |(_, body)| body);
    let body = body
        .replace("\">\n", "\">")
        .replace("\n</text>", "</text>")
        .replace(" font-family=\"sans-serif\"", "")
        .replace(" opacity=\"1\"", "")
        .replace(" stroke-width=\"0\"", "")
        .replace(" stroke=\"none\"", "")
        .replace(" \"/>", "\"/>")
        // What becomes of twelve pixels when the backend has divided by 1.24.
        .replace("120.00000000000001", "120");
    recolour(&mut svg, &body, &drawing.data, place);
    // Names in a foreign result may hold what XML forbids.
    svg.retain(|character| {
        character == '\n' || !(character.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&character))
    });
    svg
}

fn opening(drawing: &Drawing, id: &str, place: Place) -> String {
    let (width, height) = (drawing.width_px, drawing.height_px);
    let (wide, high) = (width * 10.0, (height * 10.0).round());
    let place = match place {
        Place::Page => " class=\"chart\"".to_owned(),
        Place::File => {
            format!(" xmlns=\"http://www.w3.org/2000/svg\" font-family=\"{FONT_FAMILY}, sans-serif\"")
        }
    };
    format!(
        "<svg{place} id=\"{id}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {wide} {high}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" stroke-linejoin=\"round\">"
    )
}

/// Replaces each ` fill="#IIDDDD"` and ` stroke="#IIDDDD"` by its ink and its datum's attributes.
fn recolour(out: &mut String, body: &str, data: &[Datum], place: Place) {
    let mut rest = body;
    while let Some(hash) = rest.find("=\"#") {
        let attribute = if rest[..hash].ends_with(" stroke") { "stroke" } else { "fill" };
        out.push_str(&rest[..hash - attribute.len() - 1]);
        let number =
            u32::from_str_radix(&rest[hash + 3..hash + 9], 16).expect("plotters writes six hex digits");
        let [_, ink, high, low] = number.to_be_bytes();
        let ink = Ink::from_number(ink).expect("only inks are drawn with");
        let datum = usize::from(u16::from_be_bytes([high, low])).checked_sub(1).map(|index| &data[index]);
        out.push_str(&coloured(attribute, ink, datum.is_some_and(|datum| datum.rim), place));
        out.push_str(datum.map_or("", |datum| &datum.attributes));
        rest = &rest[hash + 10..];
    }
    out.push_str(rest);
}

fn coloured(attribute: &str, ink: Ink, rim: bool, place: Place) -> String {
    match place {
        Place::Page => {
            let prefix = if attribute == "stroke" { 's' } else { 'f' };
            format!(" class=\"{prefix}-{}{}\"", ink.name(), if rim { " rim" } else { "" })
        }
        Place::File => {
            let rim = if rim {
                format!(" stroke=\"{}\" stroke-width=\"40\" paint-order=\"stroke\"", Ink::Surface.light())
            } else {
                String::new()
            };
            format!(" {attribute}=\"{}\"{rim}", ink.light())
        }
    }
}

/// Escapes text for XML.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
