//! Charts against their data: what a reader sees is what the result says.

use super::*;
use crate::report::fixture;
use crate::result::{Calendar, HourFigures, Lever, Ratio, Sensitivity};

fn charts(result: &RunResult) -> Vec<Chart> {
    all(result, Language::English)
}

fn find<'charts>(charts: &'charts [Chart], id: &str) -> &'charts Chart {
    charts.iter().find(|chart| chart.id == id).unwrap_or_else(|| panic!("no chart {id}"))
}

/// Every element of a series, as its whole tag.
fn tags<'svg>(svg: &'svg str, series: &str) -> Vec<&'svg str> {
    let wanted = format!("data-series=\"{series}\"");
    svg.split('<').filter(|tag| tag.contains(&wanted)).collect()
}

fn attribute<'tag>(tag: &'tag str, name: &str) -> &'tag str {
    let from =
        tag.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("no {name} in {tag}")) + name.len() + 3;
    tag[from..].split('"').next().unwrap()
}

fn numbers(list: &str) -> Vec<f64> {
    list.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// The data of a series read back from the SVG.
fn points(svg: &str, series: &str) -> Vec<(f64, f64)> {
    let tags = tags(svg, series);
    let xs = tags.iter().flat_map(|tag| numbers(attribute(tag, "data-x")));
    let ys = tags.iter().flat_map(|tag| numbers(attribute(tag, "data-y")));
    xs.zip(ys).collect()
}

#[test]
#[ignore = "writes the charts for a person to look at: CHARTS=dir cargo test -- --ignored drawn"]
fn drawn() {
    let directory = std::path::PathBuf::from(std::env::var("CHARTS").unwrap());
    for (name, result) in [("loss", fixture::loss_system()), ("centre", fixture::call_centre())] {
        for language in Language::ALL {
            for artifact in crate::report::render_all(&result, language) {
                let path = directory.join(format!("{name}-{language}")).join(artifact.path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, artifact.bytes).unwrap();
            }
        }
    }
}

#[test]
fn the_concurrency_in_the_svg_is_that_of_the_result() {
    let result = fixture::loss_system();
    let svg = find(&charts(&result), "concurrency").svg_for_page().unwrap();
    let mut drawn = points(&svg, "concurrency-mean");
    let last = drawn.pop().unwrap();
    let slices = result.intervals.iter().map(|slice| (slice.start_s, slice.concurrency.mean));
    assert_eq!(drawn, slices.collect::<Vec<_>>());
    assert!((last.0 - result.scenario.duration_s).abs() < 1e-9, "the last step ends with the run");
}

#[test]
fn the_loss_curve_and_the_measured_point_are_those_of_the_result() {
    let result = fixture::loss_system();
    let svg = find(&charts(&result), "loss-against-channels").svg_for_page().unwrap();
    let advice = result.recommendation.trunks.as_ref().unwrap();
    let curve = advice.curve.iter().map(|point| (f64::from(point.n), point.value));
    let curve: Vec<_> = curve.filter(|(_, value)| *value >= advice.target / 20.0).collect();
    assert_eq!(points(&svg, "blocking"), curve);
    assert_eq!(points(&svg, "measured"), [(f64::from(advice.now), result.blocking.ratio.unwrap())]);
    let [low, high] = result.blocking.ci95.unwrap();
    assert!(svg.contains(&format!("data-low=\"{low}\" data-high=\"{high}\"")));
}

#[test]
fn circles_stand_where_a_logarithmic_axis_puts_their_data() {
    let result = fixture::loss_system();
    let svg = find(&charts(&result), "loss-against-channels").svg_for_page().unwrap();
    let circles: Vec<(f64, f64, f64, f64)> = tags(&svg, "blocking")
        .into_iter()
        .map(|tag| {
            let number = |name| attribute(tag, name).parse::<f64>().unwrap();
            (number("data-x"), number("data-y").log10(), number("cx"), number("cy"))
        })
        .collect();
    let (first, last) = (circles[0], circles[circles.len() - 1]);
    for circle in &circles {
        let x = first.2 + (circle.0 - first.0) / (last.0 - first.0) * (last.2 - first.2);
        let y = first.3 + (circle.1 - first.1) / (last.1 - first.1) * (last.3 - first.3);
        // Coordinates are whole tenths of a pixel, at both ends of the line and at the point.
        assert!((circle.2 - x).abs() <= 2.0 && (circle.3 - y).abs() <= 2.0, "{circle:?} is not at {x}, {y}");
    }
}

/// Callbacks come hours after the last planned call: the time between is drawn at nought, not as a ramp, and the band
/// stays where there was a plan.
#[test]
fn calls_after_the_plan_leave_its_band_and_the_empty_time_between() {
    let mut result = fixture::loss_system();
    result.intervals.truncate(40);
    let last = result.intervals.last().unwrap().clone();
    for (later, offered) in (1_u32..).zip([0, 0, 4, 0]) {
        let start_s = last.start_s + f64::from(later) * result.interval_s;
        result.intervals.push(crate::result::Interval { start_s, offered, planned: None, ..last.clone() });
    }
    let planned = result.intervals.iter().filter(|slice| slice.planned.is_some()).count();
    assert!(planned > 10);
    let drawn = charts(&result);
    let chart = find(&drawn, "offered");
    let svg = chart.svg_for_page().unwrap();
    let offered = points(&svg, "offered");
    let ys: Vec<f64> = offered.iter().map(|(_, y)| *y).collect();
    assert_eq!(ys[ys.len() - 3..], [0.0, 0.0, 4.0]);
    let gaps = offered.windows(2).map(|pair| pair[1].0 - pair[0].0);
    assert!(gaps.into_iter().all(|gap| (gap - result.interval_s).abs() < 1e-6), "{offered:?}");
    assert_eq!(points(&svg, "planned").len(), planned + 1);
    assert!(!tags(&svg, "plan-band").is_empty() && chart.caption.contains("band"), "{}", chart.caption);
    result.intervals.iter_mut().for_each(|slice| slice.planned = None);
    let drawn = charts(&result);
    let bare = find(&drawn, "offered");
    assert!(tags(&bare.svg_for_page().unwrap(), "plan-band").is_empty());
    assert!(!bare.caption.contains("band"), "{}", bare.caption);
}

#[test]
fn the_bars_of_outcomes_add_up_to_offered() {
    let result = fixture::call_centre();
    let svg = find(&charts(&result), "outcomes").svg_for_page().unwrap();
    let sum: f64 = ["completed", "human", "technical"]
        .iter()
        .flat_map(|class| points(&svg, class))
        .map(|(calls, _)| calls)
        .sum();
    assert!((sum - super::over_time::count(result.outcomes.offered)).abs() < 0.5);
}

#[test]
fn the_stages_of_the_funnel_never_grow_and_lose_what_they_say() {
    let result = fixture::call_centre();
    let svg = find(&charts(&result), "funnel").svg_for_page().unwrap();
    let stages = points(&svg, "funnel");
    assert!(stages.is_sorted_by(|a, b| a.0 >= b.0), "{stages:?}");
    for pair in result.funnel.windows(2) {
        assert_eq!(pair[0].calls - pair[1].lost_here, pair[1].calls, "{pair:?}");
    }
}

#[test]
fn a_run_without_calls_gets_reasons_instead_of_charts() {
    for language in Language::ALL {
        for chart in all(&fixture::nobody_called(), language) {
            assert!(chart.reason_empty().is_some_and(|reason| !reason.is_empty()), "{} is drawn", chart.id);
            assert!(chart.svg_for_page().is_none());
        }
    }
}

#[test]
fn every_chart_is_named_described_and_drawn_the_same_each_time() {
    let result = fixture::call_centre();
    for (chart, again) in charts(&result).iter().zip(charts(&result)) {
        let svg = chart.svg_file().unwrap();
        assert_eq!(Some(&svg), again.svg_file().as_ref(), "{}", chart.id);
        assert!(svg.contains("role=\"img\""), "{}", chart.id);
        assert!(!chart.description.is_empty(), "{} has no description", chart.id);
        let page = chart.svg_for_page().unwrap();
        assert!(!page.contains('#'), "{}: colours of a page are variables", chart.id);
        assert!(!chart.table.rows.is_empty(), "{} has no table", chart.id);
    }
}

#[test]
fn marks_of_one_load_stand_side_by_side_on_the_curve() {
    let point = |seed: u32, offered_erlangs: f64, ratio: f64| MeasuredPoint {
        name: format!("seed {seed}"),
        offered_erlangs,
        blocking: Ratio {
            ratio: Some(ratio),
            ci95: Some([ratio - 0.005, ratio + 0.005]),
            ci_method: "batch_means".to_owned(),
            n: 10_000,
            ..Ratio::default()
        },
    };
    let points = [point(1, 24.0, 0.040), point(2, 24.1, 0.041), point(1, 28.0, 0.098)];
    let chart = against_erlang_b(&points, 30, |load| fixture::erlang_b(30, load), Language::English);
    let svg = chart.svg_file().unwrap();
    assert_eq!(self::points(&svg, "measured"), [(24.0, 0.040), (24.1, 0.041), (28.0, 0.098)]);
    let curve = self::points(&svg, "erlang-b");
    let at_24 = curve.iter().min_by(|a, b| (a.0 - 24.0).abs().total_cmp(&(b.0 - 24.0).abs())).unwrap();
    assert!((at_24.1 - 0.04).abs() < 0.005, "Erlang B of 30 channels at 24 E is 4.0 %: {at_24:?}");
}

#[test]
fn a_foreign_result_with_odd_figures_is_drawn_or_refused_but_never_panics() {
    let mut result = fixture::call_centre();
    let trunks = result.recommendation.trunks.as_mut().unwrap();
    trunks.target = 0.0;
    trunks.curve[0].value = 1e300;
    trunks.now = u32::MAX;
    trunks.needed = u32::MAX;
    result.funnel[0].stage = "\u{1}<stage>\u{ffff}".to_owned();
    result.interval_s = 0.0;
    result.intervals[0].planned = Some(-1.0);
    result.latency_ms.post_dial_delay.as_mut().unwrap().curve[0].ms = -5.0;
    let files = crate::report::render_all(&result, Language::English);
    assert!(files.iter().any(|file| file.path == "charts/funnel.svg"));
}

/// Every text of a drawing lies inside it, and none above its top.
fn assert_texts_inside(chart: &Chart) {
    let Some(svg) = chart.svg_file() else { return };
    let right = draw::WIDTH_PX * 10.0;
    for text in svg.split("<text").skip(1) {
        let (tag, rest) = text.split_once('>').unwrap();
        let words = rest.split('<').next().unwrap();
        let number = |name| attribute(tag, name).parse::<f64>().unwrap();
        let (x, width) = (number("x"), draw::text_width(words, number("font-size")));
        let (low, high) = match attribute(tag, "text-anchor") {
            "start" => (x, x + width),
            "end" => (x - width, x),
            _ => (x - width / 2.0, x + width / 2.0),
        };
        assert!(low >= 0.0 && high <= right, "{}: \"{words}\" from {low} to {high}", chart.id);
        assert!(number("y") >= 60.0, "{}: \"{words}\" stands too high", chart.id);
    }
}

#[test]
fn no_text_of_a_chart_is_cut_off() {
    let mut crowded = fixture::call_centre();
    crowded.recommendation.trunks.as_mut().unwrap().now = 400;
    for (place, stage) in crowded.funnel.iter_mut().enumerate() {
        (stage.calls, stage.lost_here) = (99_999_999 - 100_000 * place as u64, 100_000);
    }
    for result in [fixture::loss_system(), fixture::call_centre(), crowded] {
        for language in Language::ALL {
            all(&result, language).iter().for_each(assert_texts_inside);
        }
    }
}

/// Its longest names are those of service levels.
#[test]
fn no_name_beside_the_wire_and_the_simulation_is_cut_off() {
    let centre = "name: x\nquestion: y\nduration: 1h\ntraffic: {profile: 200/h, callers: [{talk: 180s}]}\n\
        pbx: {agents: {count: 12}, queues: {sales: {}}}\n";
    let scenario = crate::scenario::parse(centre, "x.yaml", &crate::scenario::Inputs::with_seed(1)).unwrap();
    for definition in crate::sizing::Definition::ALL {
        let mut wire = fixture::call_centre();
        wire.queue.as_mut().unwrap().service_level.definition = definition.name().to_owned();
        let agreement = crate::result::agreement(&wire, &wire, &scenario, || Err(String::new()));
        for language in Language::ALL {
            assert_texts_inside(&agreement::of(&agreement, language));
        }
    }
}

#[test]
fn the_waits_in_the_svg_are_those_of_the_result_and_their_quantiles_lie_on_the_curve() {
    let result = fixture::call_centre();
    let svg = find(&charts(&result), "waits").svg_for_page().unwrap();
    let waits = result.queue.unwrap().waits.unwrap();
    let drawn = points(&svg, "waits");
    assert_eq!(drawn, waits.curve[..drawn.len()]);
    let quantiles = points(&svg, "quantiles");
    assert_eq!(quantiles, [(waits.p50_s, 0.5), (waits.p80_s, 0.8), (waits.p95_s, 0.95)]);
}

#[test]
fn the_queue_in_the_svg_is_that_of_the_result_and_a_line_without_queue_has_none() {
    let result = fixture::call_centre();
    let svg = find(&charts(&result), "queue-length").svg_for_page().unwrap();
    let mut drawn = points(&svg, "queue-mean");
    drawn.pop();
    let slices = result.intervals.iter().map(|slice| (slice.start_s, slice.queue_length_mean));
    assert_eq!(drawn, slices.collect::<Vec<_>>());
    let loss = charts(&fixture::loss_system());
    assert!(!loss.iter().any(|chart| ["queue-length", "waits"].contains(&chart.id)));
}

#[test]
fn every_hour_of_the_heat_map_stands_in_its_square() {
    let mut result = fixture::loss_system();
    let hour = |n: u8| HourFigures {
        weekday: n / 24 + 1,
        hour: n % 24,
        offered: f64::from(n) + 1.0,
        lost: f64::from(n % 5),
    };
    let hours: Vec<HourFigures> = (0..168).map(hour).collect();
    result.calendar = Some(Calendar { hours: hours.clone(), ..Calendar::default() });
    let charts = charts(&result);
    let svg = find(&charts, "calls-by-hour").svg_for_page().unwrap();
    let squares = tags(&svg, "calls-by-hour");
    assert_eq!(squares.len(), 168);
    for (square, hour) in squares.iter().zip(&hours) {
        assert_eq!(attribute(square, "data-x"), hour.hour.to_string());
        assert_eq!(attribute(square, "data-y"), (hour.weekday - 1).to_string());
        assert_eq!(attribute(square, "data-value"), hour.offered.to_string());
    }
    assert!(find(&charts, "loss-by-hour").svg_for_page().is_some());
}

#[test]
fn the_tornado_ends_at_what_the_formula_says_of_a_tenth_more_and_less() {
    let mut result = fixture::loss_system();
    let (low, base, high) =
        (fixture::erlang_b(10, 9.0), fixture::erlang_b(10, 10.0), fixture::erlang_b(10, 11.0));
    let lever = |input: &str| Lever { input: input.to_owned(), step: 0.1, low, high };
    result.sensitivity = Some(Sensitivity {
        measure: "blocking".to_owned(),
        model: "erlang_b".to_owned(),
        basis: "measured".to_owned(),
        base,
        levers: vec![lever("volume"), lever("talk_time")],
    });
    let svg = find(&charts(&result), "sensitivity").svg_for_page().unwrap();
    assert_eq!(points(&svg, "less"), [(low, 0.0), (low, 1.0)]);
    assert_eq!(points(&svg, "more"), [(high, 0.0), (high, 1.0)]);
}

/// Beside a number of agents that another model advises, the sensitivity says why its figure for them is another.
#[test]
fn the_sensitivity_names_the_other_model_of_the_table_of_agents() {
    let mut result = fixture::call_centre();
    let advised = result.recommendation.agents.as_ref().unwrap().model.clone();
    let caption = |result: &RunResult| find(&charts(result), "sensitivity").caption.clone();
    let lever = Lever { input: "volume".to_owned(), step: 0.1, low: 0.9, high: 0.7 };
    let sensitivity = |model: &str| Sensitivity {
        measure: "service_level".to_owned(),
        model: model.to_owned(),
        basis: "measured".to_owned(),
        base: 0.8,
        levers: vec![lever.clone()],
    };
    result.sensitivity = Some(sensitivity("mmnk"));
    assert!(caption(&result).contains("without such a limit (Erlang C)"), "{}", caption(&result));
    result.sensitivity = Some(sensitivity(&advised));
    assert!(!caption(&result).contains("another model"), "{}", caption(&result));
}
