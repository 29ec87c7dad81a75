//! A chart as data: axes and marks. `draw` turns it into SVG; tests and tables read it as it is.

use super::axis::Axis;
use super::ink::Ink;

/// How a line is drawn, so that lines differ without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    Solid,
    Dashed,
    Dotted,
}

/// The sign that stands at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    Circle,
    Diamond,
    Square,
}

/// Something drawn in a plot. Coordinates are values, not pixels.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// Rectangles from `(x0, y0)` to `(x1, y1)`; `(x, y)` is what they say.
    Bars {
        series: &'static str,
        ink: Ink,
        bars: Vec<Bar>,
    },
    Line {
        series: &'static str,
        ink: Ink,
        dash: Dash,
        width: f64,
        step: bool,
        points: Vec<(f64, f64)>,
    },
    /// Squares of a grid, the darker the higher their shade.
    Cells {
        series: &'static str,
        ink: Ink,
        cells: Vec<Cell>,
    },
    /// Between two lines: x, low, high.
    Band {
        series: &'static str,
        ink: Ink,
        points: Vec<(f64, f64, f64)>,
    },
    Points {
        series: &'static str,
        ink: Ink,
        marker: Marker,
        radius: f64,
        points: Vec<(f64, f64)>,
    },
    /// A whisker with caps, shifted sideways by `shift_px`.
    Interval {
        ink: Ink,
        x: f64,
        low: f64,
        high: f64,
        shift_px: f64,
    },
    /// A whisker that lies flat, cut where it leaves the plot.
    Spread {
        ink: Ink,
        y: f64,
        low: f64,
        high: f64,
    },
    /// A point with its whisker's shift.
    ShiftedPoint {
        series: &'static str,
        ink: Ink,
        marker: Marker,
        at: (f64, f64),
        shift_px: f64,
    },
    /// A line across the plot at `y`, labelled at this end.
    Across {
        ink: Ink,
        dash: Dash,
        y: f64,
        label: String,
        side: Side,
    },
    /// A line up the plot at `x`, labelled on top, on this side of it.
    Upright {
        ink: Ink,
        dash: Dash,
        x: f64,
        label: String,
        side: Side,
    },
    Label {
        ink: Ink,
        at: (f64, f64),
        shift_px: (f64, f64),
        anchor: Anchor,
        bold: bool,
        text: String,
    },
}

/// A square of a grid, one wide and one high.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Its centre.
    pub at: (f64, f64),
    pub value: f64,
    /// 0 to 1.
    pub shade: f64,
}

/// A rectangle and the datum that it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    pub corner: (f64, f64),
    pub opposite: (f64, f64),
    pub datum: (f64, f64),
}

/// On which side of a point a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins here.
    Start,
    Middle,
    /// The text ends here.
    End,
}

/// Left or right of an upright line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// How a series looks in the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    Line(Dash),
    Marker(Marker),
    Area,
}

/// One entry of the legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub ink: Ink,
    pub sample: Sample,
    pub text: String,
}

/// Axes, marks and legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    pub x: Axis,
    pub y: Axis,
    /// Height of the drawing without its title, in pixels.
    pub height_px: f64,
    /// Rules at the ticks of the y axis; the x axis' where the bars lie flat.
    pub horizontal_bars: bool,
    /// No rules at all: the marks fill the plot.
    pub bare: bool,
    pub legend: Vec<Entry>,
    pub marks: Vec<Mark>,
}

impl Plot {
    /// An empty plot on these axes.
    #[must_use]
    pub const fn new(x: Axis, y: Axis) -> Self {
        Self {
            x,
            y,
            height_px: 320.0,
            horizontal_bars: false,
            bare: false,
            legend: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Adds an entry to the legend.
    pub fn explain(&mut self, ink: Ink, sample: Sample, text: &str) {
        self.legend.push(Entry { ink, sample, text: text.to_owned() });
    }
}
