import { Panel } from "../components/panel";
import { count } from "../draw/number";
import { attempt, client, identity, samples, session } from "../state/lab";
import { temperature, topK, topP } from "../state/view";

/** What the network makes up, newest first; what it knows by heart is marked. */
export function Samples() {
  const state = session.value;
  const more = async () => {
    const made = await attempt(async () => client.value?.generate({
      count: 10, temperature: temperature.value, seed: Math.floor(Math.random() * 2 ** 31),
      ...(topK.value > 0 ? { top_k: topK.value } : {}), ...(topP.value < 1 ? { top_p: topP.value } : {}),
    }));
    if (made) samples.value = [made, ...samples.value].slice(0, 40);
  };
  const text = samples.value.some((s) => s.samples.some((one) => one.text.includes("\n") || one.text.length > 60));
  return (
    <Panel
      title="Made up by the network" class="samples"
      note={<><i class="known-mark" aria-hidden="true">✓</i> stands in its data</>}
      tools={<button type="button" onClick={() => void more()} disabled={!state}>Ten more</button>}
      kept={{
        name: `${identity.value}-samples`,
        table: () => [["step", "text", "in the data"], ...samples.value.flatMap((s) => s.samples.map((one) => [s.step, one.text, one.known === null ? null : one.known ? "yes" : "no"]))],
      }}
    >
      <div class="scroll" tabIndex={0} role="region" aria-label="Samples, newest first">
        {samples.value.length === 0 && <p class="quiet centred">Names appear here while it trains.</p>}
        {samples.value.map((news, i) => (
          <div class="made" key={`${news.step}-${samples.value.length - i}`}>
            <h3>step {count(news.step)}</h3>
            <ul class={text ? "texts" : "names"}>
              {news.samples.map((one, j) => (
                <li key={j} class={one.known ? "known" : "new"}>
                  {one.text === "" ? <i>(empty)</i> : one.text}{!one.ended && <i title="cut here: it had not come to its end">…</i>}
                  {one.known && <i class="known-mark" title="stands in the training data"><span aria-hidden="true">✓</span><span class="hidden"> (in the data)</span></i>}
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </Panel>
  );
}
