//! What a colour means, and which colour it is on paper, on white and on black.
//!
//! The hues are Okabe and Ito's, told apart by everyone; some are darkened on white to stand out by at least
//! 3 : 1. No meaning rests on colour alone: dashes, markers and labels say it too.

/// The part that a mark plays in a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ink {
    Text = 1,
    Muted,
    Grid,
    Axis,
    Surface,
    Completed,
    Human,
    Technical,
    Other,
    Measured,
    Model,
    Plan,
    Target,
}

impl Ink {
    /// Every ink.
    pub const ALL: [Self; 13] = [
        Self::Text,
        Self::Muted,
        Self::Grid,
        Self::Axis,
        Self::Surface,
        Self::Completed,
        Self::Human,
        Self::Technical,
        Self::Other,
        Self::Measured,
        Self::Model,
        Self::Plan,
        Self::Target,
    ];

    /// Name of the CSS variable and classes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Grid => "grid",
            Self::Axis => "axis",
            Self::Surface => "surface",
            Self::Completed => "completed",
            Self::Human => "human",
            Self::Technical => "technical",
            Self::Other => "other",
            Self::Measured => "measured",
            Self::Model => "model",
            Self::Plan => "plan",
            Self::Target => "target",
        }
    }

    /// The colour on white, for screens and paper.
    #[must_use]
    pub const fn light(self) -> &'static str {
        match self {
            Self::Text => "#1b1f24",
            Self::Muted => "#59616b",
            Self::Grid => "#e4e7eb",
            Self::Axis => "#8b939d",
            Self::Surface => "#ffffff",
            Self::Completed | Self::Model => "#0072b2",
            Self::Human => "#c78500",
            Self::Technical => "#b5400a",
            Self::Other => "#767e88",
            Self::Measured => "#d55e00",
            Self::Plan => "#6b7480",
            Self::Target => "#007a58",
        }
    }

    /// The colour on black.
    #[must_use]
    pub const fn dark(self) -> &'static str {
        match self {
            Self::Text => "#e9ecf0",
            Self::Muted => "#a7b0ba",
            Self::Grid => "#2b3138",
            Self::Axis => "#727b86",
            Self::Surface => "#15181c",
            Self::Completed | Self::Model => "#56b4e9",
            Self::Human => "#e6b422",
            Self::Technical => "#e8702a",
            Self::Other => "#8d96a1",
            Self::Measured => "#ff8a3d",
            Self::Plan => "#9aa4b0",
            Self::Target => "#2fc79b",
        }
    }

    /// The ink whose discriminant is `number`.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|ink| *ink as u8 == number)
    }

    /// CSS declarations of every variable, on white or on black.
    #[must_use]
    pub fn variables(dark: bool) -> String {
        let colour = |ink: Self| if dark { ink.dark() } else { ink.light() };
        Self::ALL.map(|ink| format!("--{}:{};", ink.name(), colour(ink))).concat()
    }

    /// CSS classes that fill and stroke with the variables.
    #[must_use]
    pub fn classes() -> String {
        let class = |ink: Self| {
            let name = ink.name();
            format!(".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name})}}")
        };
        Self::ALL.map(class).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_meaningful_ink_stands_out_by_3_to_1_and_text_by_4_5_to_1() {
        for ink in Ink::ALL {
            let needed = match ink {
                Ink::Surface | Ink::Grid => continue,
                Ink::Text | Ink::Muted => 4.5,
                _ => 3.0,
            };
            let light = contrast(ink.light(), Ink::Surface.light());
            let dark = contrast(ink.dark(), Ink::Surface.dark());
            assert!(light >= needed, "{} on white: {light:.2}", ink.name());
            assert!(dark >= needed, "{} on black: {dark:.2}", ink.name());
        }
    }

    #[test]
    fn every_ink_is_found_by_its_number() {
        for ink in Ink::ALL {
            assert_eq!(Ink::from_number(ink as u8), Some(ink));
        }
        assert_eq!(Ink::from_number(0), None);
    }
}
