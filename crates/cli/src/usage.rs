//! What clap has to say, in one line where it is an error.

use clap::error::ErrorKind;

use crate::failure::{Failure, Outcome, one_line};

/// Prints the help that was asked for, or turns a wrong call into a one-line failure.
pub(crate) fn explain(error: clap::Error) -> Outcome {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(error.print()?),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Failure::Usage(format!("a word is missing; {}", see_help(&error))))
        }
        _ => {
            let text = error.render().to_string();
            Err(Failure::Usage(format!("{}; {}", told(&text), see_help(&error))))
        }
    }
}

/// The message proper: clap's text up to the usage lines, its tips in brackets.
fn told(rendered: &str) -> String {
    let text = rendered.split("\nUsage:").next().unwrap_or(rendered);
    let text = text.split("\nFor more information").next().unwrap_or(text);
    let text = text.trim().trim_start_matches("error: ");
    let (tips, words): (Vec<&str>, Vec<&str>) =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).partition(|line| line.starts_with("tip: "));
    let words = one_line(&words.join("\n"));
    let tips: Vec<&str> = tips.iter().map(|tip| tip.trim_start_matches("tip: ")).collect();
    if tips.is_empty() { words } else { format!("{words} ({})", tips.join("; ")) }
}

/// Where to read on: the command's own help if a command was given.
fn see_help(error: &clap::Error) -> String {
    // The rendered usage names the command: `Usage: gradus train <RECIPE>`.
    let text = error.render().to_string();
    let command = text
        .split("Usage: gradus ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase()));
    match command {
        Some(command) => format!("see: gradus {command} --help"),
        None => "see: gradus --help".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn a_tip_joins_the_line() {
        let text = "error: unexpected argument '--jsn' found\n\n  tip: a similar argument exists: '--json'\n\nUsage: gradus eval <RUN>\n\nFor more information, try '--help'.\n";
        assert_eq!(told(text), "unexpected argument '--jsn' found (a similar argument exists: '--json')");
    }
}
