import { useEffect, useRef, useState } from "preact/hooks";
import { Heatmap } from "../../components/heatmap";
import { Panel } from "../../components/panel";
import { draw, forget } from "../../draw/loop";
import { useClassified } from "../../state/example";
import { identity, picture } from "../../state/lab";
import { example } from "../../state/view";

/** Rows and columns of the pad. The server cuts the ink out and brings it to the size that the model knows. */
const SIZE = 56;
const BRUSH = 3;

/** A picture to draw on: by mouse, finger or pen, by keyboard, or pixel by pixel as the model sees it. */
export function DrawingPad() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const ink = useRef(new Float32Array(SIZE * SIZE));
  const last = useRef<[number, number] | null>(null);
  const [pen, setPen] = useState<{ x: number; y: number; down: boolean } | null>(null);
  const [drawn, setDrawn] = useState(false);

  const show = useRef(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(SIZE, SIZE);
    ink.current.forEach((grey, i) => image.data.set([255 * grey, 255 * grey, 255 * grey, 255], i * 4));
    context.putImageData(image, 0, 0);
  }).current;
  useEffect(() => {
    draw(show);
    return () => forget(show);
  }, []);

  const give = () => {
    example.value = { picture: { height: SIZE, width: SIZE, grey: Array.from(ink.current) } };
    setDrawn(true);
    draw(show);
  };
  /** A stroke of a round brush whose edge is soft, as that of a scanned pen. */
  const stroke = (from: [number, number], to: [number, number]) => {
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let s = 0; s <= steps; s += 1) {
      const x = from[0] + ((to[0] - from[0]) * s) / steps;
      const y = from[1] + ((to[1] - from[1]) * s) / steps;
      for (let r = Math.max(0, Math.floor(y - BRUSH - 1)); r <= Math.min(SIZE - 1, y + BRUSH + 1); r += 1) {
        for (let c = Math.max(0, Math.floor(x - BRUSH - 1)); c <= Math.min(SIZE - 1, x + BRUSH + 1); c += 1) {
          const grey = Math.max(0, Math.min(1, BRUSH + 0.5 - Math.hypot(c + 0.5 - x, r + 0.5 - y)));
          const at = r * SIZE + c;
          ink.current[at] = Math.max(ink.current[at] ?? 0, grey);
        }
      }
    }
    give();
  };
  const clear = () => {
    ink.current.fill(0);
    last.current = null;
    setPen(null);
    give();
    setDrawn(false);
  };
  const at = (event: PointerEvent): [number, number] => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
  };
  const keys = (event: KeyboardEvent) => {
    const here = pen ?? { x: SIZE / 2, y: SIZE / 4, down: false };
    const by = event.shiftKey ? 6 : 2;
    const move: Record<string, [number, number]> = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] };
    const step = move[event.key];
    if (step) {
      const to = { ...here, x: Math.max(3, Math.min(SIZE - 3, here.x + step[0])), y: Math.max(3, Math.min(SIZE - 3, here.y + step[1])) };
      if (here.down) stroke([here.x, here.y], [to.x, to.y]);
      setPen(to);
    } else if (event.key === " " || event.key === "Enter") {
      if (!here.down) stroke([here.x, here.y], [here.x, here.y]);
      setPen({ ...here, down: !here.down });
    } else if (event.key === "Delete" || event.key === "Backspace") clear();
    else if (event.key === "Escape") setPen(null);
    else return;
    event.preventDefault();
  };
  return (
    <Panel title="Draw" note="the model answers with every stroke" tools={<button type="button" onClick={clear} disabled={!drawn}>Clear</button>}>
      <div
        class="pad" role="application" aria-roledescription="drawing pad" tabIndex={0}
        aria-label="Drawing pad. Draw with the pointer; or move the pen with the arrow keys, Space puts it down and lifts it, Delete clears."
        onPointerDown={(e) => { (e.currentTarget as HTMLElement).setPointerCapture(e.pointerId); const p = at(e); last.current = p; setPen(null); stroke(p, p); }}
        onPointerMove={(e) => { if (last.current && e.buttons > 0) { const p = at(e); stroke(last.current, p); last.current = p; } }}
        onPointerUp={() => { last.current = null; }} onPointerCancel={() => { last.current = null; }} onKeyDown={keys}
      >
        <canvas ref={canvas} width={SIZE} height={SIZE} aria-hidden="true" />
        {pen && <span class={pen.down ? "pen down" : "pen"} style={{ left: `${(pen.x / SIZE) * 100}%`, top: `${(pen.y / SIZE) * 100}%` }} />}
      </div>
      <p class="quiet" aria-live="polite">{pen ? (pen.down ? "Pen down: arrow keys draw, Space lifts it." : "Pen up: arrow keys move it, Space puts it down.") : "Mouse, finger or keyboard: focus it, then arrow keys and Space."}</p>
    </Panel>
  );
}

/** The example in the model's own size; a click, or Enter, turns a pixel on or off. */
export function PixelsView() {
  const seen = useClassified();
  const size = picture.value;
  const now = seen.answer;
  if (!size || !now) return null;
  const [height, width] = size;
  const values = now.input;
  const top = Math.max(1, ...values);
  return (
    <Panel
      title="What the model sees" note={`${height} × ${width} pixels; a click turns one on or off`}
      kept={{ name: `${identity.value}-pixels`, table: () => Array.from({ length: height }, (_, r) => values.slice(r * width, (r + 1) * width)) }}
    >
      <Heatmap
        values={values} rows={height} columns={width} range={top} largest={24} tallest={224} label="The example's pixels"
        onPick={(cell) => { const next = [...values]; next[cell] = (next[cell] ?? 0) > top / 2 ? 0 : top; example.value = { values: next }; }}
      />
    </Panel>
  );
}
