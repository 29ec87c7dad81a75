//! Draws a [`Plot`] with plotters, in tenths of a pixel, with placeholder colours.
//!
//! plotters writes fixed colours and no attributes of ours. So every colour given to it is a number: its high
//! byte names the ink, the low 16 bits a [`Datum`] in a list beside the drawing. `svg` puts the real colour,
//! the data and the dashes in their places.

use plotters::backend::SVGBackend;
use plotters::chart::ChartBuilder;
use plotters::chart::ChartContext;
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::DrawingArea;
use plotters::drawing::IntoDrawingArea;
use plotters::element::Circle;
use plotters::element::PathElement;
use plotters::element::Polygon;
use plotters::element::Rectangle;
use plotters::element::Text;
use plotters::style::Color;
use plotters::style::FontDesc;
use plotters::style::FontFamily;
use plotters::style::FontStyle;
use plotters::style::RGBAColor;
use plotters::style::RGBColor;
use plotters::style::ShapeStyle;
use plotters::style::TextStyle;
use plotters::style::text_anchor::HPos;
use plotters::style::text_anchor::Pos;
use plotters::style::text_anchor::VPos;

use super::axis::Axis;
use super::ink::Ink;
use super::plot::Anchor;
use super::plot::Bar;
use super::plot::Cell;
use super::plot::Dash;
use super::plot::Mark;
use super::plot::Marker;
use super::plot::Plot;
use super::plot::Sample;
use super::plot::Side;

/// Width of every chart in pixels.
pub const WIDTH_PX: f64 = 720.0;
/// Units of the drawing per pixel: plotters' coordinates are whole numbers, a tenth of a pixel is not seen.
const UNIT: f64 = 10.0;
const TICK_PX: f64 = 12.0;
const LABEL_PX: f64 = 12.5;
const TITLE_PX: f64 = 16.0;
const LEGEND_ROW_PX: f64 = 20.0;

/// Attributes of one drawn element, beside its colour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Datum {
    /// Ready-made attributes: the data that the element stands for, its dashes.
    pub attributes: String,
    /// Text on a rim of the background, readable above lines.
    pub rim: bool,
}

/// plotters' own output, and what its placeholder colours refer to.
#[derive(Debug)]
pub struct Drawing {
    pub svg: String,
    pub data: Vec<Datum>,
    pub width_px: f64,
    pub height_px: f64,
}

type Root<'svg> = DrawingArea<SVGBackend<'svg>, Shift>;
type Context<'svg> = ChartContext<'svg, SVGBackend<'svg>, Cartesian2d<Axis, Axis>>;

/// plotters reports what its backend reports, and text in memory takes everything.
const NEVER: &str = "drawing into memory cannot fail";

/// Draws the plot, with its title above it if one is given.
///
/// # Panics
/// Never: the backend writes into memory.
#[must_use]
pub fn draw(plot: &Plot, title: Option<&str>) -> Drawing {
    let layout = Layout::of(plot, title.is_some());
    let mut svg = String::new();
    let mut data = Vec::new();
    {
        let root = SVGBackend::with_string(
            &mut svg,
            (units(WIDTH_PX).unsigned_abs(), units(layout.height).unsigned_abs()),
        );
        let root = root.into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin_top(units(layout.top))
            .margin_right(units(layout.right))
            .set_label_area_size(plotters::chart::LabelAreaPosition::Left, units(layout.left))
            .set_label_area_size(plotters::chart::LabelAreaPosition::Bottom, units(layout.bottom))
            .build_cartesian_2d(plot.x.clone(), plot.y.clone())
            .expect(NEVER);
        let mut pen = Pen { root: &root, data: &mut data };
        if let Some(title) = title {
            pen.text(title, (layout.edge, 14.0), Ink::Text, TITLE_PX, Anchor::Start, true);
        }
        pen.legend(plot, &layout);
        pen.axes(plot, &layout, &chart);
        for mark in &plot.marks {
            pen.mark(mark, &mut chart);
        }
        root.present().expect(NEVER);
    }
    Drawing { svg, data, width_px: WIDTH_PX, height_px: layout.height }
}

/// Room around the plot, in pixels.
struct Layout {
    /// Left edge of title, legend and the y axis' name.
    edge: f64,
    top: f64,
    left: f64,
    right: f64,
    bottom: f64,
    height: f64,
    legend_top: f64,
}

impl Layout {
    fn of(plot: &Plot, titled: bool) -> Self {
        let widest = plot.y.ticks.iter().map(|tick| text_width(&tick.label, TICK_PX)).fold(0.0, f64::max);
        let legend_top = if titled { 40.0 } else { 12.0 };
        let rows = legend_rows(plot);
        let name = if plot.y.name.is_empty() { 0.0 } else { 18.0 };
        let uprights =
            if plot.marks.iter().any(|mark| matches!(mark, Mark::Upright { .. })) { 20.0 } else { 0.0 };
        let top = legend_top + f64::from(rows) * LEGEND_ROW_PX + name + uprights;
        let ends = plot.marks.iter().filter_map(|mark| match mark {
            Mark::Label { anchor: Anchor::Start, text, .. } if plot.horizontal_bars => {
                Some(text_width(text, LABEL_PX) + 8.0)
            }
            _ => None,
        });
        // The last tick's label is centred on its tick, which may stand at the very end.
        let last = plot.x.ticks.last().map_or(0.0, |tick| text_width(&tick.label, TICK_PX) / 2.0 + 2.0);
        let right = ends.fold(last.max(18.0), f64::max).min(260.0);
        let bottom = if plot.x.name.is_empty() { 26.0 } else { 46.0 };
        let height = plot.height_px + top + bottom - 60.0;
        Self { edge: 4.0, top, left: widest.min(400.0) + 14.0, right, bottom, height, legend_top }
    }
}

fn entry_width(text: &str) -> f64 {
    30.0 + text_width(text, TICK_PX) + 20.0
}

fn legend_rows(plot: &Plot) -> u32 {
    let (mut rows, mut used) = (u32::from(!plot.legend.is_empty()), 0.0);
    for entry in &plot.legend {
        let width = entry_width(&entry.text);
        if used > 0.0 && used + width > WIDTH_PX {
            rows += 1;
            used = 0.0;
        }
        used += width;
    }
    rows
}

/// Estimated width of a text in pixels: DejaVu Sans is wide, other fonts are narrower.
#[must_use]
pub fn text_width(text: &str, size_px: f64) -> f64 {
    let em = |character: char| match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '·' | '|' | '\'' => 0.32,
        ' ' | '\u{a0}' | 't' | 'f' | 'r' | '(' | ')' | '[' | ']' => 0.39,
        'm' | 'w' | 'M' | 'W' | 'ж' | 'ш' | 'щ' | 'ю' | 'ф' | 'ы' | '%' => 0.92,
        'A'..='Z' | 'А'..='Я' => 0.72,
        _ => 0.63,
    };
    text.chars().map(em).sum::<f64>() * size_px
}

#[expect(clippy::cast_possible_truncation, reason = "a chart is a few thousand units wide")]
fn units(px: f64) -> i32 {
    (px * UNIT).round() as i32
}

/// Draws marks and remembers what their colours refer to.
struct Pen<'pen, 'svg> {
    root: &'pen Root<'svg>,
    data: &'pen mut Vec<Datum>,
}

impl<'svg> Pen<'_, 'svg> {
    /// A placeholder colour for `ink`, referring to `datum`.
    fn colour(&mut self, ink: Ink, datum: Datum) -> RGBColor {
        let number = if datum == Datum::default() {
            0
        } else {
            let known = self.data.iter().position(|known| *known == datum);
            let index = known.unwrap_or_else(|| {
                self.data.push(datum);
                self.data.len() - 1
            });
            // A foreign result may hold more points than there are numbers: the rest go without their data.
            u16::try_from(index + 1).unwrap_or(0)
        };
        let [high, low] = number.to_be_bytes();
        RGBColor(ink as u8, high, low)
    }

    fn stroke(&mut self, ink: Ink, width_px: f64, attributes: String) -> ShapeStyle {
        let color: RGBAColor = self.colour(ink, Datum { attributes, rim: false }).to_rgba();
        ShapeStyle { color, filled: false, stroke_width: units(width_px).unsigned_abs() }
    }

    fn fill(&mut self, ink: Ink, opacity: f64, attributes: String) -> ShapeStyle {
        let color = self.colour(ink, Datum { attributes, rim: false }).mix(opacity);
        ShapeStyle { color, filled: true, stroke_width: 0 }
    }

    /// A text at a place of the drawing, in pixels, centred on its height.
    fn text(&mut self, text: &str, at: (f64, f64), ink: Ink, size_px: f64, anchor: Anchor, bold: bool) {
        let colour = self.colour(ink, Datum { attributes: String::new(), rim: true });
        self.text_in(colour, text, at, size_px, anchor, bold);
    }

    /// The name of the x or the y axis, marked as such for whoever reads the drawing back.
    fn axis_name(&mut self, axis: &str, name: &str, at: (f64, f64), anchor: Anchor) {
        let attributes = format!(" data-axis=\"{axis}\"");
        let colour = self.colour(Ink::Muted, Datum { attributes, rim: true });
        self.text_in(colour, name, at, TICK_PX, anchor, false);
    }

    fn text_in(
        &mut self,
        colour: RGBColor,
        text: &str,
        at: (f64, f64),
        size_px: f64,
        anchor: Anchor,
        bold: bool,
    ) {
        if text.is_empty() {
            return;
        }
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let weight = if bold { FontStyle::Bold } else { FontStyle::Normal };
        // The backend divides sizes by 1.24 to make up for font libraries' line heights.
        let font = FontDesc::new(FontFamily::SansSerif, size_px * UNIT * 1.24, weight);
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(horizontal, VPos::Center));
        let place = (units(at.0), units(at.1));
        self.root.draw(&Text::new(text.to_owned(), place, style)).expect(NEVER);
    }

    /// A path between places of the drawing, in pixels.
    fn path(&mut self, places: &[(f64, f64)], style: ShapeStyle) {
        let places: Vec<(i32, i32)> = places.iter().map(|(x, y)| (units(*x), units(*y))).collect();
        self.root.draw(&PathElement::new(places, style)).expect(NEVER);
    }

    fn marker(&mut self, marker: Marker, centre: (f64, f64), radius: f64, style: ShapeStyle) {
        let (x, y) = centre;
        let diamond =
            [(x, y - radius * 1.3), (x + radius * 1.3, y), (x, y + radius * 1.3), (x - radius * 1.3, y)];
        let in_units = |(x, y): (f64, f64)| (units(x), units(y));
        match marker {
            Marker::Circle => {
                let circle = Circle::new(in_units(centre), units(radius), style);
                self.root.draw(&circle).expect(NEVER);
            }
            Marker::Square => {
                let corners = [in_units((x - radius, y - radius)), in_units((x + radius, y + radius))];
                self.root.draw(&Rectangle::new(corners, style)).expect(NEVER);
            }
            Marker::Diamond => {
                self.root.draw(&Polygon::new(diamond.map(in_units).to_vec(), style)).expect(NEVER);
            }
        }
    }

    fn legend(&mut self, plot: &Plot, layout: &Layout) {
        let (mut x, mut y) = (layout.edge, layout.legend_top);
        for entry in &plot.legend {
            let width = entry_width(&entry.text);
            if x > layout.edge && x - layout.edge + width > WIDTH_PX {
                (x, y) = (layout.edge, y + LEGEND_ROW_PX);
            }
            match entry.sample {
                Sample::Line(dash) => {
                    let style = self.stroke(entry.ink, 2.0, dashes(dash));
                    self.path(&[(x, y), (x + 24.0, y)], style);
                }
                Sample::Marker(marker) => {
                    let style = self.fill(entry.ink, 1.0, String::new());
                    self.marker(marker, (x + 12.0, y), 4.5, style);
                }
                Sample::Area => {
                    let style = self.fill(entry.ink, 1.0, String::new());
                    let corners = [(units(x + 4.0), units(y - 6.0)), (units(x + 20.0), units(y + 6.0))];
                    self.root.draw(&Rectangle::new(corners, style)).expect(NEVER);
                }
            }
            self.text(&entry.text, (x + 30.0, y), Ink::Text, TICK_PX, Anchor::Start, false);
            x += width;
        }
    }

    fn axes(&mut self, plot: &Plot, layout: &Layout, chart: &Context<'svg>) {
        let (left, right) = (layout.left, WIDTH_PX - layout.right);
        let (top, bottom) = (layout.top, layout.height - layout.bottom);
        let at = |x: f64, y: f64| {
            let (x, y) = chart.backend_coord(&(x, y));
            (f64::from(x) / UNIT, f64::from(y) / UNIT)
        };
        for tick in &plot.y.ticks {
            let y = at(plot.x.low, tick.at).1;
            if !plot.horizontal_bars && !plot.bare {
                let grid = self.stroke(Ink::Grid, 1.0, String::new());
                self.path(&[(left, y), (right, y)], grid);
            }
            self.text(&tick.label, (left - 8.0, y), Ink::Muted, TICK_PX, Anchor::End, false);
        }
        let mut free_from = f64::NEG_INFINITY;
        for tick in &plot.x.ticks {
            let x = at(tick.at, plot.y.low).0;
            let grid =
                self.stroke(if plot.horizontal_bars { Ink::Grid } else { Ink::Axis }, 1.0, String::new());
            let end = if plot.horizontal_bars { top } else { bottom + 4.0 };
            self.path(&[(x, bottom), (x, end)], grid);
            let half = text_width(&tick.label, TICK_PX) / 2.0;
            // A label that would touch its neighbour is left out; its tick stays.
            if x - half >= free_from {
                self.text(&tick.label, (x, bottom + 14.0), Ink::Muted, TICK_PX, Anchor::Middle, false);
                free_from = x + half + 6.0;
            }
        }
        let axis = self.stroke(Ink::Axis, 1.0, String::new());
        let line = if plot.horizontal_bars {
            [(left, top), (left, bottom)]
        } else {
            [(left, bottom), (right, bottom)]
        };
        self.path(&line, axis);
        let uprights = plot.marks.iter().any(|mark| matches!(mark, Mark::Upright { .. }));
        let name_y = top - if uprights { 30.0 } else { 11.0 };
        self.axis_name("y", &plot.y.name, (layout.edge, name_y), Anchor::Start);
        self.axis_name("x", &plot.x.name, (f64::midpoint(left, right), bottom + 35.0), Anchor::Middle);
    }

    fn mark(&mut self, mark: &Mark, chart: &mut Context<'svg>) {
        let at = |x: f64, y: f64| {
            let (x, y) = chart.backend_coord(&(x, y));
            (f64::from(x) / UNIT, f64::from(y) / UNIT)
        };
        match mark {
            Mark::Bars { series, ink, bars } => self.bars(series, *ink, bars, chart),
            Mark::Line { series, ink, dash, width, step, points } => {
                let attributes = format!("{}{}", data(series, points), dashes(*dash));
                let style = self.stroke(*ink, *width, attributes);
                let points = if *step { stepped(points) } else { points.clone() };
                chart.plotting_area().draw(&PathElement::new(points, style)).expect(NEVER);
            }
            Mark::Cells { series, ink, cells } => self.cells(series, *ink, cells, chart),
            Mark::Band { series, ink, points } => {
                let lower = points.iter().map(|(x, low, _)| (*x, *low));
                let upper = points.iter().rev().map(|(x, _, high)| (*x, *high));
                let outline: Vec<(f64, f64)> = lower.chain(upper).collect();
                let style = self.fill(*ink, 0.18, format!(" data-series=\"{series}\""));
                chart.plotting_area().draw(&Polygon::new(outline, style)).expect(NEVER);
            }
            Mark::Points { series, ink, marker, radius, points } => {
                for point in points {
                    let style = self.fill(*ink, 1.0, data(series, &[*point]));
                    self.marker(*marker, at(point.0, point.1), *radius, style);
                }
            }
            Mark::Interval { ink, x, low, high, shift_px } => {
                let attributes = format!(" data-x=\"{x}\" data-low=\"{low}\" data-high=\"{high}\"");
                let ((x, low), high) = (at(*x, *low), at(0.0, *high).1);
                self.whisker(*ink, x + shift_px, [low, high], attributes);
            }
            Mark::Spread { ink, y, low, high } => {
                self.spread(*ink, *y, [*low, *high], [at(*low, *y), at(*high, *y)]);
            }
            Mark::ShiftedPoint { series, ink, marker, at: point, shift_px } => {
                let style = self.fill(*ink, 1.0, data(series, &[*point]));
                let (x, y) = at(point.0, point.1);
                self.marker(*marker, (x + shift_px, y), 5.0, style);
            }
            Mark::Across { ink, dash, y, label, side } => {
                let (left, y) = at(chart.x_range().start, *y);
                let right = at(chart.x_range().end, 0.0).0;
                let style = self.stroke(*ink, 1.6, dashes(*dash));
                self.path(&[(left, y), (right, y)], style);
                // An unlabelled line is in the legend.
                let (x, anchor) = match side {
                    Side::Left => (left + 6.0, Anchor::Start),
                    Side::Right => (right - 4.0, Anchor::End),
                };
                self.text(label, (x, y - 9.0), *ink, LABEL_PX, anchor, false);
            }
            Mark::Upright { ink, dash, x, label, side } => {
                let (x, bottom) = at(*x, chart.y_range().start);
                let top = at(0.0, chart.y_range().end).1;
                let style = self.stroke(*ink, 1.6, dashes(*dash));
                self.path(&[(x, bottom), (x, top - 4.0)], style);
                // Bold letters are wider; a label that would leave the drawing leans the other way.
                let width = text_width(label, LABEL_PX) * 1.1;
                let leans_left = match side {
                    Side::Left => x - width > 0.0,
                    Side::Right => x + width > WIDTH_PX,
                };
                let (x, anchor) = if leans_left { (x + 4.0, Anchor::End) } else { (x - 4.0, Anchor::Start) };
                self.text(label, (x, top - 12.0), *ink, LABEL_PX, anchor, true);
            }
            Mark::Label { ink, at: point, shift_px, anchor, bold, text } => {
                let (x, y) = at(point.0, point.1);
                self.text(text, (x + shift_px.0, y + shift_px.1), *ink, LABEL_PX, *anchor, *bold);
            }
        }
    }

    fn cells(&mut self, series: &str, ink: Ink, cells: &[Cell], chart: &Context<'svg>) {
        for cell in cells {
            let (x, y) = cell.at;
            let attributes = format!(
                " data-series=\"{series}\" data-x=\"{x}\" data-y=\"{y}\" data-value=\"{}\"",
                cell.value
            );
            // A hair of background between the squares; the palest is still seen to be one.
            let style = self.fill(ink, 0.06 + 0.94 * cell.shade.clamp(0.0, 1.0), attributes);
            let square = Rectangle::new([(x - 0.47, y - 0.46), (x + 0.47, y + 0.46)], style);
            chart.plotting_area().draw(&square).expect(NEVER);
        }
    }

    /// An upright whisker with caps.
    fn whisker(&mut self, ink: Ink, x: f64, [low, high]: [f64; 2], attributes: String) {
        let style = self.stroke(ink, 2.0, attributes);
        self.path(
            &[(x - 6.0, high), (x + 6.0, high), (x, high), (x, low), (x - 6.0, low), (x + 6.0, low)],
            style,
        );
    }

    /// A flat whisker between two places of the drawing.
    fn spread(&mut self, ink: Ink, y: f64, [low, high]: [f64; 2], [left, right]: [(f64, f64); 2]) {
        let attributes = format!(" data-y=\"{y}\" data-low=\"{low}\" data-high=\"{high}\"");
        let style = self.stroke(ink, 2.0, attributes);
        let cap = |(x, y): (f64, f64)| [(x, y - 5.0), (x, y + 5.0), (x, y)];
        let [from, to] = [cap(left), cap(right)];
        self.path(&[from[0], from[1], from[2], to[2], to[0], to[1]], style);
    }

    fn bars(&mut self, series: &str, ink: Ink, bars: &[Bar], chart: &Context<'svg>) {
        for bar in bars {
            let style = self.fill(ink, 1.0, data(series, &[bar.datum]));
            let rectangle = Rectangle::new([bar.corner, bar.opposite], style);
            chart.plotting_area().draw(&rectangle).expect(NEVER);
        }
    }
}

/// The data of an element as attributes that a program reads back.
fn data(series: &str, points: &[(f64, f64)]) -> String {
    let list = |of: fn(&(f64, f64)) -> f64| {
        points.iter().map(|point| of(point).to_string()).collect::<Vec<_>>().join(" ")
    };
    format!(
        " data-series=\"{series}\" data-x=\"{}\" data-y=\"{}\"",
        list(|point| point.0),
        list(|point| point.1)
    )
}

fn dashes(dash: Dash) -> String {
    match dash {
        Dash::Solid => String::new(),
        Dash::Dashed => " stroke-dasharray=\"70 40\"".to_owned(),
        Dash::Dotted => " stroke-dasharray=\"15 35\" stroke-linecap=\"round\"".to_owned(),
    }
}

/// Each value holds until the next.
fn stepped(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut steps: Vec<(f64, f64)> = Vec::with_capacity(points.len() * 2);
    for point in points {
        if let Some(last) = steps.last() {
            steps.push((point.0, last.1));
        }
        steps.push(*point);
    }
    steps
}
