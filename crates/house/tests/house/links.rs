//! Links between pages of the tree lead somewhere.

use gradus_house::{called, files, read};

/// What the links of a Markdown page lead to: `[text](here)`, outside of code.
fn links(page: &str) -> Vec<String> {
    let mut prose = String::new();
    let mut code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            // Code within a line: every second piece between backticks.
            prose.extend(line.split('`').step_by(2).flat_map(|piece| [piece, "_"]));
            prose.push('\n');
        }
    }
    prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.trim().to_string())).collect()
}

/// A heading as browsers of Markdown call it: `## How to add …` is `how-to-add-`.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let text = line.trim_start_matches('#').trim().to_lowercase();
            let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    let mut followed = 0;
    for path in files("", &[".md"]) {
        let page = read(&path);
        for link in links(&page) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
            if !target.exists() {
                broken.push(format!("{}: {link} is not there", called(&path)));
            } else if !anchor.is_empty() && !anchors(&read(&target)).iter().any(|known| known == anchor) {
                broken.push(format!("{}: {link}: no heading is called so", called(&path)));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(followed > 5, "only {followed} links were found");
}

#[test]
fn links_are_found_and_code_is_not() {
    let page = "See [a](b.md) and `c[d](e)`.\n```\n[f](g)\n```\n![h](i.png#j)\n";
    assert_eq!(links(page), ["b.md", "i.png#j"]);
    assert_eq!(anchors("# The house\n## How to add …\n"), ["the-house", "how-to-add-"]);
}
