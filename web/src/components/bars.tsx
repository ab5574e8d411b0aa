import { glyph } from "../draw/letters";
import { digits, fixed, largest } from "../draw/number";

interface Props {
  names: readonly string[];
  probabilities: readonly number[];
  logits?: readonly number[];
  /** The same without edits: drawn as a line across the bar. */
  unedited?: readonly number[] | undefined;
  /** Index of the letter that is wanted. */
  target?: number | null;
  onPick?: (index: number) => void;
  label: string;
  /** Only the likeliest so many; 0: all, in the vocabulary's order. */
  most?: number;
}

/** A probability for every letter. */
export function Bars({ names, probabilities, logits, unedited, target, onPick, label, most = 0 }: Props) {
  const top = largest([...probabilities, ...(unedited ?? [])], 1e-9);
  let order = names.map((_, i) => i);
  if (most > 0 && most < order.length) order = order.sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0)).slice(0, most);
  return (
    <ol class={order.length > 12 ? "bars-list many" : "bars-list"} aria-label={label} style={{ "--name": `${Math.min(16, Math.max(2, ...names.map((n) => n.length)))}ch` }}>
      {order.map((i) => {
        const p = probabilities[i] ?? NaN;
        const size = (x: number) => (Number.isFinite(x) ? x / top : 0);
        const before = unedited?.[i];
        const told = `${glyph(names[i])}: ${digits(p)}${logits ? `, logit ${fixed(logits[i], 3)}` : ""}${before !== undefined ? `, unedited ${digits(before)}` : ""}`;
        const line = (
          <>
            <b>{glyph(names[i])}</b>
            <span class="bar">
              <i style={{ transform: `scaleX(${size(p)})` }} />
              {before !== undefined && <em style={{ left: `${size(before) * 100}%` }} />}
            </span>
            <span class="p">{p < 0.0005 ? (p === 0 ? "0" : "<.001") : fixed(p, 3)}</span>
            {logits && <span class="logit">{fixed(logits[i], 2)}</span>}
            {before !== undefined && <span class="hidden">unedited {fixed(before, 3)}</span>}
          </>
        );
        return (
          <li key={i} class={target === i ? "target" : ""} title={told}>
            {onPick ? <button type="button" onClick={() => onPick(i)} aria-pressed={target === i}>{line}</button> : <div class="line">{line}</div>}
          </li>
        );
      })}
    </ol>
  );
}
