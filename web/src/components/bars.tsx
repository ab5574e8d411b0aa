import { glyph } from "../draw/letters";

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
  const top = Math.max(...probabilities, ...(unedited ?? []), 1e-9);
  let order = names.map((_, i) => i);
  if (most > 0 && most < order.length) order = order.sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0)).slice(0, most);
  return (
    <ol class={order.length > 12 ? "bars-list many" : "bars-list"} aria-label={label} style={{ "--name": `${Math.min(16, Math.max(2, ...names.map((n) => n.length)))}ch` }}>
      {order.map((i) => {
        const p = probabilities[i] ?? 0;
        const before = unedited?.[i];
        const told = `${glyph(names[i])}: ${p.toPrecision(4)}${logits ? `, logit ${logits[i]?.toFixed(3)}` : ""}${before !== undefined ? `, unedited ${before.toPrecision(4)}` : ""}`;
        const line = (
          <>
            <b>{glyph(names[i])}</b>
            <span class="bar">
              <i style={{ transform: `scaleX(${p / top})` }} />
              {before !== undefined && <em style={{ left: `${(before / top) * 100}%` }} />}
            </span>
            <span class="p">{p < 0.0005 ? (p === 0 ? "0" : "<.001") : p.toFixed(3)}</span>
            {logits && <span class="logit">{logits[i]?.toFixed(2).replace("-", "−")}</span>}
            {before !== undefined && <span class="hidden">unedited {before.toFixed(3)}</span>}
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
