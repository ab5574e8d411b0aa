//! A run on one page: an HTML file that needs nothing else, no scripts and no network.

mod decisions;
mod html;

use gradus_plot::Picture;
use gradus_recipe::Model;
use gradus_train::objective::Objective;
use gradus_train::store::{Run, Store};
use gradus_train::{Error, GRADIENT_SERIES, Session, UPDATE_SERIES};

use crate::diagnostics::pictures::{self, Series};
use crate::diagnostics::{self, Diagnosis, Row, Topic};
use crate::digits::{figure, grouped, pace};
use crate::explain;
use html::Html;

const STYLE: &str = include_str!("style.css");

/// Lines in one picture: more could not be told apart.
const MOST_LINES: usize = 21;

/// The page of a run, from what was recorded and from a look at its first and last checkpoint.
///
/// # Errors
/// Where the store cannot be read. Data that are gone or changed are no error: the page then says so, and leaves out
/// what needs them.
pub fn page(store: &Store, run: &Run) -> Result<String, Error> {
    let recipe = run.recipe()?;
    let looked = look(run);
    let mut page = Html::default();
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // Should a text ever get out of its place, it would still find nothing that runs it.
    page.raw(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    page.wrapped("<title>", &format!("Run {}", run.name()), "</title>\n<style>\n").raw(STYLE);
    page.raw("</style>\n</head>\n<body>\n<main>\n");
    page.wrapped("<h1>", run.name(), "</h1>\n");
    page.wrapped("<p class=\"muted\">", &recipe.training.about, "</p>\n");
    facts(&mut page, store, run)?;
    advice(&mut page, &looked);
    curves(&mut page, store, run, Objective::of(&recipe.model))?;
    samples(&mut page, run, looked.as_ref().ok().map(|looked| &looked.session));
    along_the_way(&mut page, store, run)?;
    match &looked {
        Ok(looked) => {
            decisions::section(&mut page, &looked.session)?;
            symbols(&mut page, looked);
            layers(&mut page, looked);
        }
        Err(error) => {
            page.raw("<h2>Inside the model</h2>\n<p class=\"card\">");
            page.text(&format!("The model could not be looked at: {error}")).raw("</p>\n");
        }
    }
    page.raw("<details open><summary>Recipe</summary>\n<div class=\"card\"><pre>");
    page.text(recipe.to_toml().trim_start()).raw("</pre></div></details>\n");
    page.raw("</main>\n</body>\n</html>\n");
    Ok(page.finish())
}

/// What a look inside gives.
struct Looked {
    session: Session,
    /// At step 0, where that checkpoint is kept and is not the last.
    start: Option<Diagnosis>,
    end: Diagnosis,
}

fn look(run: &Run) -> Result<Looked, Error> {
    let mut session = Session::of_run(run, None)?;
    let end = diagnostics::look(&mut session)?;
    let here = session.checkpoint()?;
    let first = if end.step > 0 && run.checkpoints()?.contains(&0) { run.checkpoint(Some(0))? } else { None };
    let mut start = None;
    if let Some((_, checkpoint)) = first {
        session.restore(&checkpoint)?;
        start = Some(diagnostics::look(&mut session)?);
        session.restore(&here)?;
    }
    Ok(Looked { session, start, end })
}

fn facts(page: &mut Html, store: &Store, run: &Run) -> Result<(), Error> {
    let metrics = store.last_metrics(run)?;
    let loss = |name: &str| {
        let found = metrics.iter().find(|(found, _)| found == name).map(|(_, value)| *value);
        found.filter(|v| v.is_finite()).map(|v| format!("{v:.4}"))
    };
    let share = |name: &str| {
        let found = metrics.iter().find(|(found, _)| found == name).map(|(_, value)| *value);
        found.map(|v| format!("{:.2} %", 100.0 * v))
    };
    let speed = run.step() as f64 / run.seconds().max(1e-9);
    let facts = [
        ("model", Some(run.model().to_string())),
        ("parameters", Some(grouped(run.parameters() as u64))),
        ("data", Some(run.data().to_string())),
        ("recipe", Some(run.recipe_name().to_string())),
        ("status", Some(run.status().to_string())),
        ("steps", Some(format!("{} of {}", grouped(run.step()), grouped(run.steps())))),
        ("training time", Some(format!("{:.1} s", run.seconds()))),
        ("steps a second", (run.step() > 0).then(|| pace(speed))),
        ("train loss", loss("train_loss")),
        ("dev loss", loss("dev_loss")),
        ("test loss", loss("test_loss")),
        ("train accuracy", share("train_accuracy")),
        ("dev accuracy", share("dev_accuracy")),
        ("test accuracy", share("test_accuracy")),
        ("made", Some(date(run.created()))),
    ];
    page.raw("<div class=\"facts\">");
    for (name, value) in facts {
        if let Some(value) = value {
            page.wrapped("<div><dl><dt>", name, "</dt>").wrapped("<dd>", &value, "</dd></dl></div>\n");
        }
    }
    page.raw("</div>\n");
    Ok(())
}

fn advice(page: &mut Html, looked: &Result<Looked, Error>) {
    let Ok(looked) = looked else { return };
    page.raw("<h2>Advice</h2>\n<div class=\"grid\">\n");
    for seen in looked.start.iter().chain([&looked.end]) {
        let when = if seen.step == 0 { "At the start".to_string() } else { format!("At step {}", grouped(seen.step)) };
        page.wrapped("<div class=\"card\"><h3>", &when, "</h3>\n<ul class=\"advice\">\n");
        for advice in &seen.advice {
            page.raw(if advice.topic == Topic::Well { "<li class=\"well\">" } else { "<li>" });
            page.text(&advice.text).raw("</li>\n");
        }
        page.raw("</ul></div>\n");
    }
    page.raw("</div>\n");
}

fn curves(page: &mut Html, store: &Store, run: &Run, objective: Objective) -> Result<(), Error> {
    let series =
        |title: &str, name: &str| -> Result<Series, Error> { Ok((title.to_string(), store.metric(run, name)?)) };
    let losses = explain::curves(objective, &|name| store.metric(run, name))?;
    let rates = series("learning rate", "learning_rate")?;
    page.raw("<h2>Training</h2>\n<div class=\"grid\">\n");
    if losses.is_empty() {
        page.raw("<p class=\"card muted\">Nothing was recorded while it trained.</p>\n");
    }
    for (_, picture) in &losses {
        card(page, picture);
    }
    if rates.1.len() > 1 {
        card(page, &pictures::over_steps("Learning rate", "learning rate", &[rates]));
    }
    for (prefix, title, mark) in [
        (UPDATE_SERIES, "update:data ratio of the weights", true),
        (GRADIENT_SERIES, "gradient:data ratio of the weights", false),
    ] {
        let series = ratios(store, run, prefix)?;
        if series.iter().any(|(_, values)| values.len() > 1) {
            card(page, &pictures::ratios(title, &series, mark));
        }
    }
    page.raw("</div>\n");
    Ok(())
}

/// The recorded ratios of the weights (of all parameters, where there are few), by name.
fn ratios(store: &Store, run: &Run, prefix: &str) -> Result<Vec<Series>, Error> {
    let names: Vec<String> = store.last_metrics(run)?.into_iter().map(|(name, _)| name).collect();
    let parameters: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix(prefix)).collect();
    let weights = parameters.iter().filter(|name| name.ends_with(".weight") && !name.contains("norm"));
    let shown: Vec<&str> = weights.copied().take(MOST_LINES).collect();
    let series = |name: &str| Ok((name.to_string(), store.metric(run, &format!("{prefix}{name}"))?));
    shown.into_iter().map(series).collect()
}

fn samples(page: &mut Html, run: &Run, session: Option<&Session>) {
    let Some(text) = run.samples().filter(|text| !text.trim().is_empty()) else { return };
    let is_list = session.is_none_or(|session| session.corpus().is_list());
    page.raw("<h2>Samples</h2>\n");
    if !is_list {
        page.raw("<div class=\"card\"><pre>").text(&text).raw("</pre></div>\n");
        return;
    }
    let is_known = |line: &str| session.and_then(|session| session.corpus().is_known(line));
    let lines: Vec<(&str, Option<bool>)> = text.lines().map(|line| (line, is_known(line))).collect();
    let new = lines.iter().filter(|(_, known)| *known == Some(false)).count();
    if lines.iter().all(|(_, known)| known.is_some()) {
        page.raw("<p class=\"muted\">")
            .text(&format!("{new} of {} are new; the others stand in the data.", lines.len()));
        page.raw("</p>\n");
    }
    page.raw("<div class=\"card\"><ul class=\"samples\">\n");
    for (line, known) in lines {
        match known {
            Some(true) => page.wrapped("<li class=\"known\">", line, " <small>known</small></li>\n"),
            Some(false) => page.wrapped("<li class=\"new\">", line, "</li>\n"),
            None => page.wrapped("<li>", line, "</li>\n"),
        };
    }
    page.raw("</ul></div>\n");
}

/// What it wrote at its checkpoints.
fn along_the_way(page: &mut Html, store: &Store, run: &Run) -> Result<(), Error> {
    let noted = store.notes(run, "samples")?;
    if noted.len() < 3 {
        return Ok(());
    }
    page.raw("<details><summary>Samples along the way</summary>\n<div class=\"card\"><table class=\"samples\">\n");
    for (step, json) in noted {
        let samples: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap_or_default();
        let texts: Vec<&str> = samples.iter().filter_map(|sample| sample["text"].as_str()).collect();
        page.wrapped("<tr><td>step ", &grouped(step), "</td><td>").text(&texts.join(", ")).raw("</td></tr>\n");
    }
    page.raw("</table></div></details>\n");
    Ok(())
}

fn symbols(page: &mut Html, looked: &Looked) {
    let map = diagnostics::embedding_map(&looked.session);
    let of_pairs = match &looked.session.recipe().model {
        Model::Bigram(_) => true,
        Model::Ngram(keys) => keys.order == 2,
        _ => false,
    };
    let pairs = if of_pairs { diagnostics::bigrams(&looked.session) } else { None };
    if map.is_none() && pairs.is_none() {
        return;
    }
    page.raw("<h2>Symbols</h2>\n");
    if let Some(map) = map {
        card(page, &pictures::embedding(&map));
    }
    if let Some(pairs) = pairs {
        card(page, &pictures::bigrams(&pairs));
    }
}

fn layers(page: &mut Html, looked: &Looked) {
    page.raw("<h2>Activations and gradients</h2>\n<p class=\"muted\">From one batch");
    page.raw(if looked.start.is_some() { ", at the start and at the end.</p>\n" } else { ".</p>\n" });
    page.raw("<div class=\"grid\">\n");
    let both = || looked.start.iter().chain([&looked.end]);
    for draw in [pictures::activations, pictures::activation_gradients, pictures::weight_gradients] {
        for seen in both() {
            if let Some(mut picture) = draw(seen) {
                name_step(&mut picture, seen.step);
                card(page, &picture);
            }
        }
    }
    page.raw("</div>\n");
    let end = &looked.end;
    table(page, "Parameters", &end.parameters);
    table(page, "Buffers", &end.buffers);
    table(page, "Activations", &end.activations);
    page.raw("<p class=\"muted\">normality: Kolmogorov&ndash;Smirnov distance to the normal distribution of the same mean and standard deviation, 0 is normal.");
    if let Some(words) = diagnostics::saturation_in_words(&end.activations) {
        page.raw(" saturated: ");
        page.text(&words);
        page.raw(". dead: units saturated for every example of the batch.");
    }
    page.raw("</p>\n");
}

/// Tells in a picture's title which step it shows.
fn name_step(picture: &mut Picture, step: u64) {
    let titled = format!("{}, step {}", picture.title, grouped(step));
    for shape in &mut picture.shapes {
        if let gradus_plot::Shape::Text { text, .. } = shape
            && *text == picture.title
        {
            text.clone_from(&titled);
            break;
        }
    }
    picture.title = titled;
}

fn table(page: &mut Html, title: &'static str, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    page.wrapped("<details open><summary>", title, "</summary>\n<div class=\"card\"><table>\n<tr>");
    let heads = [
        "",
        "shape",
        "values",
        "mean",
        "std",
        "min",
        "max",
        "skew",
        "kurtosis",
        "normality",
        "saturated",
        "dead",
        "gradient",
        "gradient std",
        "gradient:data",
        "update:data",
    ];
    // A column that says nothing about any row is left out.
    let cells: Vec<Vec<Cell<'_>>> = rows.iter().map(cells).collect();
    let shown: Vec<usize> = (0..heads.len()).filter(|&i| cells.iter().any(|row| !row[i].is_empty())).collect();
    for &i in &shown {
        page.wrapped("<th>", heads[i], "</th>");
    }
    page.raw("</tr>\n");
    for row in &cells {
        page.raw("<tr>");
        for &i in &shown {
            match &row[i] {
                Cell::Text(text) => page.wrapped("<td>", text, "</td>"),
                Cell::Hot(text) => page.wrapped("<td class=\"hot\">", text, "</td>"),
                Cell::Spark(histogram) => page.raw("<td>").picture(&pictures::spark(histogram)).raw("</td>"),
            };
        }
        page.raw("</tr>\n");
    }
    page.raw("</table></div></details>\n");
}

enum Cell<'a> {
    Text(String),
    /// Something to look at.
    Hot(String),
    Spark(&'a diagnostics::Histogram),
}

impl Cell<'_> {
    fn is_empty(&self) -> bool {
        matches!(self, Cell::Text(text) if text.is_empty())
    }
}

/// A row's cells, in the order of the heads.
fn cells<'a>(row: &'a Row) -> Vec<Cell<'a>> {
    let s = &row.statistics;
    let text = |value: Option<f64>| Cell::Text(value.map_or_else(String::new, |v| figure(v, 3)));
    let spark = |histogram: &'a Option<diagnostics::Histogram>| match histogram {
        Some(histogram) => Cell::Spark(histogram),
        None => Cell::Text(String::new()),
    };
    let saturated = row.saturated.map_or_else(String::new, |share| format!("{:.1} %", 100.0 * share));
    let much = row.is_saturated();
    let units = row.units.unwrap_or(1);
    let dead = row.dead_units.map_or_else(String::new, |dead| format!("{dead} of {units}"));
    vec![
        Cell::Text(row.name.clone()),
        Cell::Text(format!("{:?}", row.shape)),
        spark(&row.histogram),
        text(Some(s.mean)),
        text(s.std),
        text(Some(s.min)),
        text(Some(s.max)),
        text(s.skew),
        text(s.kurtosis),
        text(s.normality),
        if much { Cell::Hot(saturated) } else { Cell::Text(saturated) },
        if row.dead_units.is_some_and(|dead| dead * 10 > units) { Cell::Hot(dead) } else { Cell::Text(dead) },
        spark(&row.gradient_histogram),
        text(row.gradient_std),
        text(row.gradient_ratio),
        Cell::Text(row.update_log10.map_or_else(String::new, |log| format!("10^{log:.2}"))),
    ]
}

fn card(page: &mut Html, picture: &Picture) {
    page.raw("<div class=\"card\">").picture(picture).raw("</div>\n");
}

/// Seconds since 1970 as `2026-11-22 02:04 UTC` (days to a date: H. Hinnant, "chrono-compatible low-level date algorithms").
fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March on.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", rest / 3_600, rest % 3_600 / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_in_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_795_399_442, "2026-11-23 02:04 UTC"),
            (4_107_542_399, "2100-02-28 23:59 UTC"),
        ] {
            assert_eq!(date(seconds), text);
        }
    }

    #[test]
    fn text_is_inert() {
        let mut page = Html::default();
        page.text("<script>alert('1')</script>\u{0}\u{202E}&\"");
        assert_eq!(page.finish(), "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\u{FFFD}\u{FFFD}&amp;&quot;");
    }
}
