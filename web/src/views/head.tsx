import { useState } from "preact/hooks";
import { setTheme, theme } from "../draw/colour";
import { count } from "../draw/number";
import { session, tell } from "../state/lab";
import { address, linkHoldsEdits } from "../state/start";

/** Name, what is shown, link, light and dark. */
export function Head() {
  const state = session.value;
  return (
    <header class="head">
      <img src="/icon.svg" alt="" width="24" height="24" />
      <h1>Gradus <span>laboratory</span></h1>
      {state && <p class="what"><b>{state.id}</b> · {state.model} · {count(state.parameters)} parameters · {state.data}</p>}
      <span class="grow" />
      <CopyLink />
      <ThemeChoice />
    </header>
  );
}

function CopyLink() {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const link = new URL(address(false), location.href).href;
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      tell(`This browser does not let the page copy. The link: ${link}`);
      return;
    }
    if (!linkHoldsEdits()) tell("The edits are too many for a link: it holds recipe, seed, step and view. Edits can be saved as a file in Edits.");
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button type="button" onClick={() => void copy()} title="A link to this recipe, seed, step, edits and view">
      <span aria-live="polite">{copied ? "Copied" : "Copy link"}</span>
    </button>
  );
}

function ThemeChoice() {
  return (
    <label class="themes">
      <span class="hidden">Colours</span>
      <select value={theme.value} onChange={(e) => setTheme(e.currentTarget.value as "system" | "light" | "dark")}>
        <option value="system">As the system</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
