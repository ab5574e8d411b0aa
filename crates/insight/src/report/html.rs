//! HTML in the making. Markup is what stands in this program; everything else is text, and is escaped.

use gradus_plot::Picture;

/// A page, or a part of one.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup: only what is written in the source can be.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Any text, inert.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // What HTML does not allow, and what would turn the direction of the text around it.
                c if c.is_control() && c != '\n' && c != '\t' => self.0.push('\u{FFFD}'),
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => self.0.push('\u{FFFD}'),
                c => self.0.push(c),
            }
        }
        self
    }

    /// A picture, in the page's colours.
    pub(super) fn picture(&mut self, picture: &Picture) -> &mut Self {
        self.0.push_str(&picture.to_inline_svg());
        self
    }

    /// A text between two pieces of markup.
    pub(super) fn wrapped(&mut self, before: &'static str, text: &str, after: &'static str) -> &mut Self {
        self.raw(before).text(text).raw(after)
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}
