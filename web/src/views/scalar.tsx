import { useEffect, useMemo, useState } from "preact/hooks";
import { server } from "../api/client";
import type { Scalar, ScalarNode } from "../api/types";
import { Panel } from "../components/panel";
import { brief, exact } from "../draw/number";
import { placeInWorker } from "../graph/ask";
import type { Placed } from "../graph/layout";
import { latest } from "../state/latest";
import { FIRST_EXPRESSION, expression as shown } from "../state/view";

const EXAMPLES: [string, string, Readonly<Record<string, number>>][] = [
  ["a neuron", FIRST_EXPRESSION.text, FIRST_EXPRESSION.values],
  ["a product", "L = (a*b + c)*f", { a: 2, b: -3, c: 10, f: -2 }],
  ["used twice", "z = x*x*y", { x: 2, y: 3 }],
];
const BOX = { width: 128, height: 62 };

/** One number at a time: an expression, its graph, and the way back through it. */
export function ScalarView() {
  const { text: expression, values } = shown.value;
  const [graph, setGraph] = useState<Scalar | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  /** How many nodes the backward pass has reached; all of them when null. */
  const [reached, setReached] = useState<number | null>(null);
  const names = useMemo(() => [...new Set((expression.replace(/^\s*\w+\s*=/, "").match(/[A-Za-z_]\w*(?!\s*\(|\w)/g) ?? []))], [expression]);

  const ask = useMemo(() => latest<{ expression: string; values: Record<string, number> }, Scalar>(
    ({ expression, values }) => server.scalar(expression, values),
    (answer) => { setGraph(answer); setProblem(null); },
    (problem) => setProblem(problem instanceof Error ? problem.message : String(problem)),
  ), []);
  useEffect(() => {
    const given = Object.fromEntries(names.map((n) => [n, values[n] ?? 1]));
    ask({ expression, values: given });
  }, [expression, values]);

  const total = graph?.backward.length ?? 0;
  const at = reached === null ? total : Math.min(reached, total);
  return (
    <div class="scalar">
      <Panel title="One number at a time" note="every value, and how the last one moves when it moves">
        <div class="row">
          {EXAMPLES.map(([name, text, given]) => <button type="button" key={name} onClick={() => { shown.value = { text, values: given }; setReached(null); }}>{name}</button>)}
        </div>
        <label class="field"><span>Expression</span><input class="mono" value={expression} spellcheck={false} onInput={(e) => { shown.value = { text: e.currentTarget.value, values }; setReached(null); }} /></label>
        {problem && <p class="warning" role="alert">{problem}</p>}
        <div class="row">
          {names.map((n) => (
            <label class="field" key={n}><span>{n}</span><input type="number" step="any" class="narrow" value={values[n] ?? 1} onInput={(e) => { const x = Number(e.currentTarget.value); if (e.currentTarget.value !== "" && Number.isFinite(x)) shown.value = { text: expression, values: { ...values, [n]: x } }; }} /></label>
          ))}
        </div>
      </Panel>
      {graph && (
        <Panel
          title="Graph"
          kept={{ name: "scalar-graph", table: () => [["node", "op", "label", "value", "gradient"], ...graph.nodes.map((n) => [n.index, n.op, n.label, n.value, n.gradient])]}}
          tools={
            <span class="row">
              <button type="button" onClick={() => setReached(0)}>Gradients to zero</button>
              <button type="button" onClick={() => setReached(Math.max(0, at - 1))} disabled={at === 0}>Back</button>
              <button type="button" class="primary" onClick={() => setReached(Math.min(total, at + 1))} disabled={at >= total}>One step backward</button>
              <button type="button" onClick={() => setReached(null)} disabled={at >= total}>All</button>
            </span>
          }
        >
          <Drawn graph={graph} at={at} />
          <Told graph={graph} at={at} />
        </Panel>
      )}
    </div>
  );
}

/** Gradients as they stand after `at` nodes have passed theirs on. */
function gradients(graph: Scalar, at: number): Map<number, number> {
  const sums = new Map<number, number>(graph.nodes.map((n) => [n.index, 0]));
  const root = graph.order[graph.order.length - 1];
  if (root !== undefined && at > 0) sums.set(root, 1);
  for (const turn of graph.backward.slice(0, at)) for (const c of turn.contributions) sums.set(c.to, (sums.get(c.to) ?? 0) + c.amount);
  return sums;
}

const caption = (node: ScalarNode): string => node.label ?? (node.op === "" ? brief(node.value) : node.op);

function Told({ graph, at }: { graph: Scalar; at: number }) {
  const turn = graph.backward[at - 1];
  if (!turn) return <p class="quiet">Forward is done; no gradient has flowed yet.</p>;
  const by = new Map(graph.nodes.map((n) => [n.index, n]));
  const from = by.get(turn.node);
  return (
    <div class="told" aria-live="polite">
      <p><b>{from ? caption(from) : turn.node}</b> <code>{turn.formula}</code></p>
      <ul>{turn.contributions.map((c, i) => { const to = by.get(c.to); return <li key={i} class="mono">{to ? caption(to) : c.to} += {exact64(c.local)} × gradient = {exact64(c.amount)}</li>; })}</ul>
    </div>
  );
}

const exact64 = (x: number): string => (Math.fround(x) === x ? exact(x) : String(x));

function Drawn({ graph, at }: { graph: Scalar; at: number }) {
  const [placed, setPlaced] = useState<Placed | null>(null);
  const kind = graph.nodes.map((n) => `${n.op}${n.label}${n.inputs.join()}`).join("|");
  useEffect(() => {
    let gone = false;
    void placeInWorker({
      direction: "LR", boxes: graph.nodes.map((n) => ({ name: String(n.index), ...BOX })),
      links: graph.nodes.flatMap((n) => n.inputs.map((i) => ({ from: String(i), to: String(n.index), label: "" }))),
    }).then((p) => { if (!gone) setPlaced(p); });
    return () => { gone = true; };
  }, [kind]);
  if (!placed) return null;
  const by = new Map(graph.nodes.map((n) => [String(n.index), n]));
  const slopes = gradients(graph, at);
  const here = graph.backward[at - 1]?.node;
  return (
    <div class="wide" tabIndex={0} role="region" aria-label="Expression graph">
      <svg id="scalar-graph" class="scalar-graph" width={placed.width} height={placed.height} viewBox={`0 0 ${placed.width} ${placed.height}`} role="img" aria-label={graph.nodes.map((n) => `${caption(n)} value ${brief(n.value)} gradient ${brief(slopes.get(n.index))}`).join("; ")}>
        <defs><marker id="scalar-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.8 8 4 0 7.2z" class="tip" /></marker></defs>
        {placed.links.map((l, i) => <path key={i} class="wire" d={`M${l.points.map((p) => `${p.x} ${p.y}`).join("L")}`} marker-end="url(#scalar-arrow)" />)}
        {placed.boxes.map((box) => {
          const node = by.get(box.name);
          return node && (
            <g key={box.name} transform={`translate(${box.x} ${box.y})`} class={node.index === here ? "value now" : node.inputs.length === 0 ? "value leaf" : "value"}>
              <rect width={box.width} height={box.height} rx="7" />
              <text x={box.width / 2} y="17" text-anchor="middle" class="name">{node.label && node.op ? `${node.label} = ${node.op}` : caption(node)}</text>
              <text x="8" y="36">data</text><text x={box.width - 8} y="36" text-anchor="end">{brief(node.value)}</text>
              <text x="8" y="53" class="slope">grad</text><text x={box.width - 8} y="53" text-anchor="end" class="slope">{brief(slopes.get(node.index))}</text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
