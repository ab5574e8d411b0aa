import { useRef, useState } from "preact/hooks";
import { server, SessionClient } from "../api/client";
import type { Changes, Entry, ListedSession, Value } from "../api/types";
import { brief, count, fixed } from "../draw/number";
import { attempt, begin, commands, dataName, dataSets, identity, recipes, refreshData, refreshRuns, runs, session, sessions, tell } from "../state/lab";
import { beginChanged, change, changed, changes, checked, discard, plan, refusal, running } from "../state/recipe";

/** What is trained: recipe, architecture, data, seed, every value, and earlier runs. */
export function Rail() {
  return (
    <>
      <Choose />
      <Pace />
      <Values />
      <Earlier />
    </>
  );
}

/** What a model takes, in words. */
const FAMILIES = [["tokens", "Letters and text: what comes next"], ["features", "Measurements, points, pictures"], ["words", "Words: which list"]] as const;

function Choose() {
  const entry = (path: string) => checked.value?.entries.find((e) => e.path === path);
  const model = entry("model.kind");
  const seed = entry("seed");
  const [adding, setAdding] = useState(false);
  const about = recipes.value.find((r) => r.name === (plan.value.recipe ?? ""))?.about;
  // What a model of this kind can be given, and what can stand in its place.
  const takes = recipes.value.find((r) => r.model === String(model?.value))?.takes ?? "tokens";
  const kinds = takes === "features" ? ["table", "images", "points"] : takes === "words" ? ["lines"] : ["lines", "text"];
  const fitting = dataSets.value.filter((d) => kinds.includes(d.kind) || d.name === dataName.value);
  const alike = new Set(recipes.value.filter((r) => r.takes === takes).map((r) => r.model));
  return (
    <section class="block" aria-label="Recipe, architecture and data">
      <label class="field">
        <span>Recipe</span>
        <select value={plan.value.recipe ?? ""} onChange={(e) => void begin({ recipe: e.currentTarget.value })}>
          {plan.value.recipe === null && <option value="">own recipe</option>}
          {FAMILIES.map(([family, name]) => (
            <optgroup key={family} label={name}>
              {recipes.value.filter((r) => r.takes === family).map((r) => <option key={r.name} value={r.name}>{r.name} · {r.model}</option>)}
            </optgroup>
          ))}
        </select>
      </label>
      {about && <p class="quiet">{about}</p>}
      {model?.choices && (
        <label class="field">
          <span>Architecture</span>
          <select value={String(model.value)} onChange={(e) => void swapArchitecture(e.currentTarget.value)}>
            {model.choices.filter((kind) => alike.has(kind) || kind === String(model.value)).map((kind) => <option key={kind}>{kind}</option>)}
          </select>
        </label>
      )}
      <label class="field">
        <span>Data</span>
        <select value={dataName.value} onChange={(e) => void swapData(e.currentTarget.value)}>
          {!fitting.some((d) => d.name === dataName.value) && <option value={dataName.value}>{dataName.value}</option>}
          {fitting.map((d) => <option key={d.name} value={d.name}>{d.name}{d.available ? "" : " (to be fetched)"}</option>)}
        </select>
      </label>
      <div class="row">
        <button type="button" aria-expanded={adding} onClick={() => setAdding(!adding)}>Add your own data…</button>
      </div>
      {adding && <AddData key={takes} table={takes === "features"} done={() => setAdding(false)} />}
      {seed && (
        <form class="row" onSubmit={(e) => { e.preventDefault(); void beginChanged(); }}>
          <label class="field grow">
            <span>Seed</span>
            <input type="number" min="0" step="1" value={String(seed.value)} onChange={(e) => void change("seed", Number(e.currentTarget.value))} />
          </label>
          <button type="button" title="Another seed" onClick={() => void beginChanged({ seed: Math.floor(Math.random() * 2 ** 31) })}>Draw</button>
        </form>
      )}
    </section>
  );
}

/** Another architecture comes with all that its recipe says, its optimiser too; data, seed and batches stay. */
async function swapArchitecture(kind: string): Promise<void> {
  const now = checked.peek();
  const takes = recipes.peek().find((r) => r.model === now?.model)?.takes;
  const other = recipes.peek().find((r) => r.model === kind && r.takes === takes);
  if (!now || !other) return void beginChanged({ "model.kind": kind });
  const set: Changes = {};
  for (const path of ["data.source", "seed"]) {
    const here = now.entries.find((e) => e.path === path)?.value;
    if (here !== undefined && JSON.stringify(here) !== JSON.stringify(other.entries.find((e) => e.path === path)?.value)) set[path] = here;
  }
  await begin({ recipe: other.name, set });
}

async function swapData(name: string): Promise<void> {
  const chosen = dataSets.peek().find((d) => d.name === name);
  if (chosen && !chosen.available) {
    if ((await attempt(() => server.fetchData(name))) === undefined) return;
    await refreshData();
  }
  await beginChanged({ "data.source": name });
}

function AddData({ table, done }: { table: boolean; done: () => void }) {
  const [text, setText] = useState("");
  const [name, setName] = useState(table ? "my-table" : "my-names");
  const [kind, setKind] = useState<"lines" | "text" | "table">(table ? "table" : "lines");
  const file = useRef<HTMLInputElement>(null);
  const read = async () => {
    const chosen = file.current?.files?.[0];
    if (!chosen) return;
    if (chosen.size > 16 << 20) return tell(`${chosen.name} has ${count(chosen.size)} bytes; the laboratory takes up to 16 MiB`);
    setText(await chosen.text());
    setName(chosen.name.replace(/\.[^.]*$/, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40) || "my-names");
  };
  const add = async () => {
    const added = await attempt(() => server.addData(name, text, kind));
    if (!added) return;
    await refreshData();
    if (await beginChanged({ "data.source": added.name })) done();
  };
  return (
    <div class="add-data">
      <label class="field"><span>Name</span><input value={name} onInput={(e) => setName(e.currentTarget.value)} /></label>
      {!table && <label class="field"><span>It is</span>
        <select value={kind} onChange={(e) => setKind(e.currentTarget.value === "text" ? "text" : "lines")}><option value="lines">names or words, one a line</option><option value="text">running text</option></select>
      </label>}
      {table && <p class="quiet">A table with a heading; its last column is the class.</p>}
      <label class="field">
        <span>Paste it here</span>
        <textarea rows={5} value={text} onInput={(e) => setText(e.currentTarget.value)} placeholder={table ? "length,width,kind\n5.1,3.5,a\n6.2,2.9,b" : "emma\nolivia\nava"} />
      </label>
      <label class="field"><span>…or a text file</span><input type="file" accept=".txt,.csv,text/*" ref={file} onChange={() => void read()} /></label>
      <button type="button" class="primary" disabled={text.trim() === ""} onClick={() => void add()}>Train on it</button>
    </div>
  );
}

/** Learning rate and speed: both change while the network trains. */
function Pace() {
  const state = session.value;
  if (!state) return null;
  const fixed = state.learning_rate_fixed !== null;
  const exponent = Math.log10(Math.max(state.learning_rate, 1e-6));
  return (
    <section class="block" aria-label="Pace">
      <label class="field">
        <span>Learning rate <b class="out">{brief(state.learning_rate)}{fixed ? "" : " (schedule)"}</b></span>
        <input
          type="range" min="-6" max="1" step="0.05" value={exponent}
          aria-valuetext={brief(state.learning_rate)}
          onChange={(e) => void commands.change({ learning_rate: Number((10 ** Number(e.currentTarget.value)).toPrecision(3)) })}
        />
      </label>
      {fixed && <div class="row"><button type="button" onClick={() => void commands.change({ learning_rate: null })}>Back to the schedule</button></div>}
      <label class="field">
        <span>Speed</span>
        <select value={String(state.speed ?? "")} onChange={(e) => void commands.change({ speed: e.currentTarget.value === "" ? null : Number(e.currentTarget.value) })}>
          <option value="">as fast as it goes</option>
          {[1000, 300, 100, 30, 10, 3, 1].map((n) => <option key={n} value={n}>{count(n)} step{n > 1 ? "s" : ""} a second</option>)}
          {state.speed !== null && ![1000, 300, 100, 30, 10, 3, 1].includes(state.speed) && <option value={state.speed}>{brief(state.speed)} steps a second</option>}
        </select>
      </label>
    </section>
  );
}

/** Every key of the recipe. What is changed here takes effect when training begins anew. */
function Values() {
  const now = checked.value;
  if (!now) return null;
  const sections = new Map<string, Entry[]>();
  for (const entry of now.entries) {
    if (entry.path === "about") continue;
    const list = sections.get(entry.section) ?? [];
    list.push(entry);
    sections.set(entry.section, list);
  }
  const pending = Object.entries(changes.value);
  return (
    <section class="block" aria-label="Recipe values">
      <details class="values">
        <summary>All values</summary>
        {[...sections].map(([name, entries]) => (
          <fieldset key={name}>
            <legend>{name === "" ? "training" : name}</legend>
            {entries.map((entry) => <Field key={entry.path} entry={entry} />)}
          </fieldset>
        ))}
      </details>
      {refusal.value && <p class="warning" role="alert">{refusal.value}</p>}
      {changed.value && (
        <div class="pending">
          <p class="quiet">{pending.map(([path, value]) => `${path} = ${text(value)}`).join(", ")}{now.parameters !== null && ` · ${count(now.parameters)} parameters`}</p>
          <div class="row">
            <button type="button" class="primary" disabled={refusal.value !== null} onClick={() => void beginChanged()}>Begin anew with this</button>
            <button type="button" onClick={discard}>Discard</button>
          </div>
        </div>
      )}
    </section>
  );
}

const text = (value: Value): string => (Array.isArray(value) ? value.join(", ") : String(value));

function Field({ entry }: { entry: Entry }) {
  const differs = entry.path in changes.value;
  const original = running.value?.entries.find((e) => e.path === entry.path)?.value ?? null;
  const id = `key-${entry.path}`;
  const limits = entry.min !== null || entry.max !== null ? `${entry.min ?? "−∞"} … ${entry.max ?? "∞"}` : null;
  const give = (value: Value) => void change(entry.path, value);
  const shown = changes.value[entry.path] ?? entry.value;
  let input;
  if (entry.form === "bool") {
    input = <input id={id} type="checkbox" checked={shown === true} onChange={(e) => give(e.currentTarget.checked)} />;
  } else if (entry.form === "choice") {
    input = <select id={id} value={String(shown)} onChange={(e) => give(e.currentTarget.value)}>{entry.choices?.map((c) => <option key={c}>{c}</option>)}</select>;
  } else if (entry.form === "int" || entry.form === "float") {
    input = (
      <input
        id={id} type="number" value={String(shown)} step={entry.form === "int" ? 1 : "any"} aria-describedby={`${id}-doc`}
        {...(entry.min === null ? {} : { min: entry.min })} {...(entry.max === null ? {} : { max: entry.max })}
        onChange={(e) => { if (e.currentTarget.value !== "") give(Number(e.currentTarget.value)); }}
      />
    );
  } else if (entry.form === "floats" || entry.form === "ints") {
    input = <input id={id} value={text(shown)} onChange={(e) => give(e.currentTarget.value.split(/[\s,]+/).filter(Boolean).map(Number))} />;
  } else if (entry.form === "texts") {
    input = <input id={id} value={text(shown)} onChange={(e) => give(e.currentTarget.value.split(/[\s,]+/).filter(Boolean))} />;
  } else {
    input = <input id={id} value={text(shown)} onChange={(e) => give(e.currentTarget.value)} />;
  }
  return (
    <div class={differs ? "key differs" : "key"}>
      <label for={id}>{entry.name}</label>
      {input}
      <p id={`${id}-doc`}>{entry.doc}{limits && <span class="limits"> {limits}</span>}{differs && original !== null && <span class="limits"> · now {text(original)}</span>}</p>
    </div>
  );
}

/** Sessions that can be taken up again, and recorded runs to begin from. */
function Earlier() {
  const here = identity.value;
  const open = sessions.value.filter((s) => s.id !== here);
  const unused = open.filter((s) => s.step === 0 && s.edits === 0 && (s.status === "paused" || s.status === "asleep"));
  const others = runs.value.filter((r) => !r.session && r.name !== here && r.step > 0).reverse().slice(0, 50);
  return (
    <section class="block" aria-label="Earlier runs">
      <details onToggle={(e) => { if (e.currentTarget.open) void refreshRuns(); }}>
        <summary>Sessions and runs</summary>
        {unused.length > 1 && <button type="button" onClick={() => void Promise.all(unused.map((s) => attempt(() => new SessionClient(s.id).close()))).then(refreshRuns)}>Delete {unused.length} that never made a step</button>}
        {open.length + others.length === 0 && <p class="quiet">What you train is recorded and will stand here.</p>}
        <ul class="runs">
          {open.map((s) => <OneSession key={s.id} session={s} />)}
          {others.map((r) => (
            <li key={r.name}>
              <button type="button" onClick={() => void begin({ run: r.name })} title="Begin a session at its last checkpoint">
                <b>{r.name}</b> {r.model}, step {count(r.step)}{r.losses.dev_loss !== undefined && `, dev ${fixed(r.losses.dev_loss, 3)}`}
              </button>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

const WORDS: Record<string, string> = { playing: "training", diverged: "stopped" };

/** A session beside the one that is shown: to be opened, stopped, or closed for good. */
function OneSession({ session: s }: { session: ListedSession }) {
  const [sure, setSure] = useState(false);
  const one = new SessionClient(s.id);
  const then = (work: () => Promise<unknown>) => void attempt(work).then(refreshRuns);
  const [name, setName] = useState<string | null>(null);
  const works = s.status === "playing" || s.status === "replaying";
  if (name !== null) {
    return (
      <li>
        <form class="row" onSubmit={(e) => { e.preventDefault(); const to = name.trim(); setName(null); if (to !== "" && to !== s.id) then(() => server.renameRun(s.id, to)); }}>
          <input aria-label={`New name of ${s.id}`} value={name} maxLength={60} spellcheck={false} onInput={(e) => setName(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === "Escape") setName(null); }} />
          <button type="submit" class="primary">Save</button>
        </form>
      </li>
    );
  }
  return (
    <li class="session">
      <button type="button" onClick={() => { location.search = `?session=${encodeURIComponent(s.id)}`; }}>
        <b>{s.id}</b> {s.model}, step {count(s.step)}, {WORDS[s.status] ?? s.status}
      </button>
      {works && <button type="button" aria-label={`Stop ${s.id}`} onClick={() => then(() => one.pause())}>Stop</button>}
      {!works && <button type="button" aria-label={`Rename ${s.id}`} onClick={() => setName(s.id)}>Rename</button>}
      {sure
        ? <button type="button" class="primary" aria-label={`Delete ${s.id} for good`} onClick={() => then(() => one.close())} onBlur={() => setSure(false)}>Sure?</button>
        : <button type="button" aria-label={`Delete ${s.id}`} title={s.step > 0 ? "Closes the session; its recorded run stays among the runs" : "It never made a step: nothing stays of it"} onClick={() => setSure(true)}>Delete</button>}
    </li>
  );
}
