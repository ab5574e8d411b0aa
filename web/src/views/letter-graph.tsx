import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { SessionClient, server } from "../api/client";
import type { Connection, Edit, LetterGraph, Prediction, State } from "../api/types";
import { Bars } from "../components/bars";
import { Panel } from "../components/panel";
import { glyph } from "../draw/letters";
import { brief, count, digits, finite, largest, loss } from "../draw/number";
import { attempt, client, editLog, heardSoFar, identity, refreshData, session, step, version, vocabulary } from "../state/lab";
import { take } from "../state/editing";
import { latest } from "../state/latest";
import { beginBody } from "../state/recipe";
import { prediction, predictNow, settings, usePrediction } from "../state/prediction";
import { context } from "../state/view";
import { ContextField, Slider } from "./next-letter";

/** More letters than this would not be told apart on the drawing. */
const MOST = 100;
const SIZE = 520;

const letterEdit = (): Edit | undefined => editLog.value?.edits.find((e) => e.kind === "bias");
const drawn = (): LetterGraph => (letterEdit()?.value as LetterGraph | undefined) ?? { strength: 1, connections: [] };

/** Letters as nodes; what connects them is added to the network's logits. */
export function LetterGraphView() {
  usePrediction();
  const names = vocabulary.value;
  const [text, setText] = useState("");
  const [order, setOrder] = useState(1);
  // What the person sees at once; the server's log follows.
  const [graph, setGraph] = useState<LetterGraph>(drawn());
  const logged = letterEdit();
  useEffect(() => setGraph(drawn()), [identity.value, JSON.stringify(logged?.value ?? null)]);

  const send = useMemo(() => {
    let id: Edit["id"] | null = null;
    return latest<LetterGraph, void>(
      async (value) => {
        const now = client.peek();
        if (!now) return;
        const mark = heardSoFar();
        const known = letterEdit()?.id ?? id;
        if (known === null) {
          const made = await now.addEdit({ kind: "bias", operation: "letters", value });
          id = made.edit.id;
          take(made, mark);
        } else {
          take(await now.putEdit(known, { kind: "bias", operation: "letters", value }), mark);
        }
      },
      () => predictNow(),
      (problem) => void attempt(() => Promise.reject(problem)),
    );
  }, [identity.value]);
  const put = (next: LetterGraph) => {
    setGraph(next);
    send(next);
  };
  const connect = (from: string, to: string) => {
    const found = graph.connections.findIndex((c) => c.context === from && c.next === to);
    put({ ...graph, connections: found < 0 ? [...graph.connections, { context: from, next: to, count: 1 }] : graph.connections.filter((_, i) => i !== found) });
  };
  const pasted = text.split(/\s+/).map((n) => n.trim()).filter(Boolean);
  const countThem = async () => {
    const made = await attempt(async () => client.peek()?.countLetters(pasted, order));
    if (made) put({ ...graph, connections: made.connections });
  };
  if (names.length > MOST) return <p class="quiet">This vocabulary has {count(names.length)} tokens; the letter graph draws up to {MOST}. Choose data of single letters.</p>;
  return (
    <div class="letters-view">
      <div class="columns">
        <Panel
          title="Letter graph" note={`${graph.connections.length} connections`}
          kept={{ name: `${identity.value}-letter-graph`, table: () => [["context", "next", "count"], ...graph.connections.map((c) => [c.context, c.next, c.count])]}}
        >
          <Drawing graph={graph} connect={connect} />
          <p class="quiet">Ctrl-click one letter, then another, to connect or disconnect them; drag to move. By keyboard: Enter on one letter, Enter on the other; arrows with Shift move a letter.</p>
        </Panel>
        <div class="stack">
          <Panel title="From examples">
            <label class="field"><span>Names, one a line</span>
              <textarea rows={4} value={text} spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} placeholder={"emma\nemily\nella"} />
            </label>
            <div class="row">
              <label class="small">letters of context <input type="number" class="narrow" min="1" max="8" value={order} onInput={(e) => setOrder(Math.max(1, Math.min(8, Math.trunc(Number(e.currentTarget.value)) || 1)))} /></label>
              <button type="button" class="primary" disabled={pasted.length === 0} onClick={() => void countThem()}>Count them</button>
              <button type="button" disabled={graph.connections.length === 0} onClick={() => put({ ...graph, connections: [] })}>Remove all</button>
            </div>
            <Slider name="Strength" value={graph.strength} low={0} high={5} by={0.05} give={(strength) => put({ ...graph, strength })} text={`${brief(graph.strength)} · ln(1 + count) on the logit`} />
          </Panel>
          <Table graph={graph} put={put} />
        </div>
      </div>
      <ContextField />
      <Compared pasted={pasted} />
    </div>
  );
}

interface Place { x: number; y: number }

const circle = (n: number): Place[] => Array.from({ length: n }, (_, i) => {
  const turn = (i / n) * 2 * Math.PI - Math.PI / 2;
  return { x: SIZE / 2 + Math.cos(turn) * SIZE * 0.43, y: SIZE / 2 + Math.sin(turn) * SIZE * 0.43 };
});

function Drawing({ graph, connect }: { graph: LetterGraph; connect: (from: string, to: string) => void }) {
  const names = vocabulary.value;
  const [places, setPlaces] = useState<Place[]>(() => circle(names.length));
  const [from, setFrom] = useState<number | null>(null);
  const drag = useRef<{ i: number; id: number; moved: boolean } | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  useEffect(() => { setPlaces(circle(names.length)); setFrom(null); }, [identity.value, names.length]);
  const place = new Map(names.map((n, i) => [n, i]));
  const radius = names.length > 50 ? 9 : 13;
  const now = prediction.value;
  const top = largest(now?.probabilities ?? [], 1e-9);
  const most = Math.max(1, ...graph.connections.map((c) => c.count));
  const pick = (i: number) => {
    if (from === null) setFrom(i);
    else {
      connect(names[from] ?? "", names[i] ?? "");
      setFrom(null);
    }
  };
  const move = (i: number, x: number, y: number) => setPlaces((old) => old.map((p, j) => (j === i ? { x: Math.max(radius, Math.min(SIZE - radius, x)), y: Math.max(radius, Math.min(SIZE - radius, y)) } : p)));
  const at = (event: PointerEvent): Place => {
    const box = svg.current?.getBoundingClientRect();
    return box ? { x: ((event.clientX - box.left) / box.width) * SIZE, y: ((event.clientY - box.top) / box.height) * SIZE } : { x: 0, y: 0 };
  };
  return (
    <svg
      id="letter-graph" class="letter-graph" viewBox={`0 0 ${SIZE} ${SIZE}`} ref={svg} role="group" aria-label="Letters and their connections"
      onPointerMove={(e) => { const d = drag.current; if (d && d.id === e.pointerId) { d.moved = true; const p = at(e); move(d.i, p.x, p.y); } }}
      onPointerUp={() => { drag.current = null; }}
    >
      <defs><marker id="letter-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="11" markerHeight="11" orient="auto" markerUnits="userSpaceOnUse"><path d="M0 1 8 4 0 7z" class="wire-tip" /></marker></defs>
      {graph.connections.map((c, i) => {
        const a = place.get(c.context.slice(-1));
        const b = place.get(c.next);
        const p = a === undefined ? undefined : places[a];
        const q = b === undefined ? undefined : places[b];
        if (!p || !q) return null;
        return <path key={i} class={c.context.length > 1 ? "wire long" : "wire"} d={wire(p, q, radius)} stroke-width={0.8 + 3.2 * (c.count / most)} marker-end="url(#letter-arrow)"><title>{`${c.context} → ${glyph(c.next)}: ${c.count}`}</title></path>;
      })}
      {names.map((name, i) => {
        const p = places[i];
        if (!p) return null;
        const odds = now?.probabilities[i];
        const share = finite(odds) ? (odds as number) / top : 0;
        return (
          <g
            key={i} class={from === i ? "letter from" : "letter"} transform={`translate(${p.x} ${p.y})`} tabindex={0} role="button" aria-pressed={from === i}
            aria-label={`${name === "." ? "begin and end" : glyph(name)}, probability ${digits(odds)}`}
            onPointerDown={(e) => { if (e.ctrlKey || e.metaKey) return; drag.current = { i, id: e.pointerId, moved: false }; svg.current?.setPointerCapture(e.pointerId); }}
            onClick={(e) => { if (e.ctrlKey || e.metaKey) pick(i); }}
            onKeyDown={(e) => {
              const by: Record<string, [number, number]> = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] };
              const step = by[e.key];
              if (e.key === "Enter" || e.key === " ") pick(i);
              else if (e.key === "Escape") setFrom(null);
              else if (step && e.shiftKey) move(i, p.x + step[0], p.y + step[1]);
              else return;
              e.preventDefault();
            }}
          >
            <circle r={radius} />
            <circle r={radius * Math.sqrt(share)} class="share" />
            <text text-anchor="middle" y="4">{glyph(name)}</text>
          </g>
        );
      })}
    </svg>
  );
}

/** A bent line from one circle to another; a loop where both are the same. */
function wire(p: Place, q: Place, radius: number): string {
  if (p === q) return `M${p.x - 5} ${p.y - radius}c-16 -26 26 -26 10 0`;
  const dx = q.x - p.x;
  const dy = q.y - p.y;
  const far = Math.hypot(dx, dy) || 1;
  const mx = (p.x + q.x) / 2 - (dy / far) * far * 0.13;
  const my = (p.y + q.y) / 2 + (dx / far) * far * 0.13;
  const end = Math.hypot(q.x - mx, q.y - my) || 1;
  return `M${p.x} ${p.y}Q${mx} ${my} ${q.x - ((q.x - mx) / end) * (radius + 2)} ${q.y - ((q.y - my) / end) * (radius + 2)}`;
}

/** The same connections as a table, to be read and written by keyboard. */
function Table({ graph, put }: { graph: LetterGraph; put: (graph: LetterGraph) => void }) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const change = (i: number, one: Connection | null) => put({ ...graph, connections: graph.connections.flatMap((c, j) => (j === i ? (one ? [one] : []) : [c])) });
  const names = vocabulary.value;
  const shown = graph.connections.slice(0, 300);
  return (
    <Panel title="Connections">
      <form
        class="row"
        onSubmit={(e) => {
          e.preventDefault();
          if (from === "" || to === "") return;
          put({ ...graph, connections: [...graph.connections.filter((c) => c.context !== from || c.next !== to), { context: from, next: to, count: 1 }] });
          setFrom("");
          setTo("");
        }}
      >
        <label class="field"><span>after</span><input class="narrow" maxLength={8} value={from} onInput={(e) => setFrom(e.currentTarget.value)} /></label>
        <label class="field"><span>comes</span><select value={to} onChange={(e) => setTo(e.currentTarget.value)}><option value="">…</option>{names.map((n) => <option key={n} value={n}>{glyph(n)}</option>)}</select></label>
        <button type="submit" disabled={from === "" || to === ""}>Connect</button>
      </form>
      <div class="scroll short" tabIndex={0} role="region" aria-label="List of connections">
        <table>
          <thead><tr><th>after</th><th>comes</th><th>count</th><th><span class="hidden">disconnect</span></th></tr></thead>
          <tbody>
            {shown.map((c, i) => (
              <tr key={`${c.context} ${c.next}`}>
                <td>{c.context}</td><td>{glyph(c.next)}</td>
                <td><input type="number" class="narrow" min="0" step="any" value={c.count} aria-label={`Count of ${c.context} to ${c.next}`} onChange={(e) => change(i, { ...c, count: Math.max(0, Number(e.currentTarget.value) || 0) })} /></td>
                <td><button type="button" aria-label={`Disconnect ${c.context} and ${c.next}`} onClick={() => change(i, null)}>✕</button></td>
              </tr>
            ))}
          </tbody>
        </table>
        {graph.connections.length > shown.length && <p class="quiet">…and {count(graph.connections.length - shown.length)} more</p>}
      </div>
    </Panel>
  );
}

const softmax = (logits: readonly number[]): number[] => {
  const top = Math.max(...logits);
  const e = logits.map((x) => Math.exp(x - top));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / sum);
};

/** Drawn by hand beside learned by gradient descent, from the same examples. */
function Compared({ pasted }: { pasted: readonly string[] }) {
  const now = prediction.value;
  const names = vocabulary.value;
  const [learner, setLearner] = useState<State | null>(null);
  const [answer, setLearned] = useState<Prediction | Error | null>(null);
  const learned = answer instanceof Error ? null : answer;
  const [told, setTold] = useState<string[]>([]);
  const STEPS = 1000;

  useEffect(() => {
    if (!learner) return;
    let gone = false;
    const own = new SessionClient(learner.id);
    const read = async () => {
      while (!gone) {
        const state = await attempt(() => own.state());
        // Its examples may lack a letter of the context: that is said where its bars would stand.
        const seen = await own.predict({ context: context.peek(), ...settings.peek() }).catch((problem: Error) => problem);
        if (gone || !state) return;
        setLearner(state);
        setTold(state.vocabulary);
        setLearned(seen);
        if (state.status !== "playing") return;
        await new Promise((done) => setTimeout(done, 500));
      }
    };
    void read();
    return () => { gone = true; };
  }, [learner?.id, context.value, settings.value]);

  const learn = async () => {
    const added = await attempt(() => server.addData("drawn-examples", pasted.join("\n")));
    if (!added) return;
    await refreshData();
    // Every example is learned from, as every example is counted.
    const all = { "split.kind": "contiguous", "split.dev": 0, "split.test": 0 };
    const opened = await attempt(() => server.open({ ...beginBody({ "data.source": added.name, steps: STEPS, ...all }), play: true }));
    if (opened) setLearner(opened);
  };
  // The learner may know fewer letters: its probabilities are brought into this vocabulary's order.
  const place = new Map(told.map((n, i) => [n, i]));
  const alike = learned ? names.map((n) => learned.probabilities[place.get(n) ?? -1] ?? 0) : null;
  const alone = now?.bias ? softmax(now.bias) : null;
  void [version.value, step.value];
  return (
    <div class="three">
      <Panel title="The network with the drawing" note={session.value && `step ${count(session.value.step)}`} kept={{ name: `${identity.value}-drawn`, table: () => [["letter", "with drawing", "without", "drawing alone", "learned"], ...names.map((n, i) => [n, now?.probabilities[i] ?? null, now?.unedited?.probabilities[i] ?? null, alone?.[i] ?? null, alike?.[i] ?? null])] }}>
        {now && <Bars names={names} probabilities={now.probabilities} unedited={now.unedited?.probabilities} label="Network with the drawing" most={12} />}
      </Panel>
      <Panel title="Drawn alone" note="softmax of the connections">
        {alone ? <Bars names={names} probabilities={alone} label="Drawn alone" most={12} /> : <p class="quiet">Connect letters to see their softmax.</p>}
      </Panel>
      <Panel
        title="Learned" note={learner && `step ${count(learner.step)} · loss ${loss(learner.loss)}`}
        tools={<button type="button" disabled={pasted.length === 0} onClick={() => void learn()}>Learn the examples</button>}
      >
        {answer instanceof Error && <p class="quiet">{answer.message}</p>}
        {alike ? <Bars names={names} probabilities={alike} label="Learned by gradient descent" most={12} /> : !answer && <p class="quiet">Paste examples: the same recipe learns them by gradient descent, for {count(STEPS)} steps.</p>}
      </Panel>
    </div>
  );
}
