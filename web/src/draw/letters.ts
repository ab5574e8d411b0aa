/** How a token is written where a blank or a line break would not be seen. */
export function glyph(text: string | undefined): string {
  switch (text) {
    case undefined: return "?";
    case "": return "∅";
    case " ": return "␣";
    case "\n": return "↵";
    case "\t": return "⇥";
    default: return text;
  }
}
