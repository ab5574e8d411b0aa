import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { dark, paint } from "../draw/colour";
import { draw, forget } from "../draw/loop";
import { brief } from "../draw/number";

interface Props {
  values: ArrayLike<number>;
  rows: number;
  columns: number;
  /** The size that gets the full colour. */
  range: number;
  label: string;
  rowNames?: readonly string[];
  columnNames?: readonly string[];
  /** The cell under the pointer or the keyboard's cursor; null where there is none. */
  onPoint?: (cell: number | null) => void;
  /** A click, or Enter, on a cell. */
  onPick?: (cell: number) => void;
  picked?: number | null;
  /** No cell larger than this, in CSS pixels. */
  largest?: number;
  /** Tallest the picture may become. */
  tallest?: number;
  /** Without pointer, keyboard and legend: a thumbnail. */
  still?: boolean;
}

/** Numbers as coloured cells; only the image data changes from one drawing to the next. */
export function Heatmap(props: Props) {
  const { rows, columns, range, label, still } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [cursor, setCursor] = useState<number | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);

  const { rowNames, columnNames } = props;
  const theme = dark.value;
  // Which numbers there are decides what the colours mean: only where some are below 0 does the scale have two sides.
  const signed = useMemo(() => !still && someNegative(props.values), [props.values, still]);
  useEffect(() => {
    const job = () => {
      const { values, rows, columns, range } = latest.current;
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context || rows * columns === 0) return;
      if (element.width !== columns) element.width = columns;
      if (element.height !== rows) element.height = rows;
      const image = context.createImageData(columns, rows);
      paint(values, range, new Uint32Array(image.data.buffer));
      context.putImageData(image, 0, 0);
    };
    draw(job);
    return () => forget(job);
  }, [props.values, rows, columns, range, theme]);

  const largest = props.largest ?? 22;
  const high = Math.min(largest, (props.tallest ?? 420) / rows);
  const wide = Math.min(largest, (width - (rowNames ? NAMES : 0)) / columns);
  // Nearly square cells; a tall or a wide table may stretch them up to threefold to use its room.
  const size = { width: `${Math.min(wide, high * 3) * columns}px`, height: `${Math.min(high, wide * 3) * rows}px` };

  const at = (event: PointerEvent | MouseEvent): number | null => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box || box.width === 0) return null;
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    return column >= 0 && row >= 0 && column < columns && row < rows ? row * columns + column : null;
  };
  const point = (cell: number | null) => {
    setCursor(cell);
    props.onPoint?.(cell);
  };
  const keys = (event: KeyboardEvent) => {
    const here = cursor ?? props.picked ?? 0;
    const row = Math.floor(here / columns);
    const column = here % columns;
    const by = event.shiftKey ? 10 : 1;
    const move: Record<string, [number, number]> = {
      ArrowLeft: [0, -by], ArrowRight: [0, by], ArrowUp: [-by, 0], ArrowDown: [by, 0],
      Home: [0, -column], End: [0, columns - 1 - column], PageUp: [-row, 0], PageDown: [rows - 1 - row, 0],
    };
    const step = move[event.key];
    if (step) {
      const r = Math.max(0, Math.min(rows - 1, row + step[0]));
      const c = Math.max(0, Math.min(columns - 1, column + step[1]));
      point(r * columns + c);
      event.preventDefault();
    } else if ((event.key === "Enter" || event.key === " ") && cursor !== null) {
      props.onPick?.(cursor);
      event.preventDefault();
    } else if (event.key === "Escape") {
      point(null);
    }
  };

  const mark = (cell: number | null | undefined, name: string) => cell !== null && cell !== undefined && cell < rows * columns && (
    <span
      class={name}
      style={{
        left: `${((cell % columns) / columns) * 100}%`, top: `${(Math.floor(cell / columns) / rows) * 100}%`,
        width: `${100 / columns}%`, height: `${100 / rows}%`,
      }}
    />
  );

  if (still) {
    return (
      <div class="heatmap still" ref={frame}>
        <canvas ref={canvas} style={size} role="img" aria-label={label} />
      </div>
    );
  }
  return (
    <div class={rowNames ? "heatmap named" : "heatmap"} ref={frame}>
      {columnNames && wide >= LEGIBLE && <ol class="names-across" aria-hidden="true" style={{ width: size.width, marginLeft: rowNames ? `${NAMES}px` : "0" }}>{columnNames.map((name, i) => <li key={i}>{name}</li>)}</ol>}
      {rowNames && <ol class="names-down" aria-hidden="true" style={{ height: size.height, width: `${NAMES}px` }}>{Math.min(high, wide * 3) >= LEGIBLE && rowNames.map((name, i) => <li key={i}>{name}</li>)}</ol>}
      <div
        class="cells"
        style={size}
        role="application"
        aria-roledescription="heatmap"
        aria-label={`${label}. Arrow keys move from cell to cell, Enter picks one.`}
        tabIndex={0}
        onKeyDown={keys}
        onPointerMove={(e) => point(at(e))}
        onPointerLeave={() => point(null)}
        onClick={(e) => { const cell = at(e); if (cell !== null) props.onPick?.(cell); }}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {mark(props.picked, "picked")}
        {mark(cursor, "cursor")}
      </div>
      <Legend range={range} signed={signed} />
    </div>
  );
}

/** Room for the names of the rows, and the smallest cell that has room for a name, in CSS pixels. */
const NAMES = 16;
const LEGIBLE = 9;

function someNegative(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i += 1) if ((values[i] as number) < 0) return true;
  return false;
}

/** Which colour is which number. */
export function Legend({ range, signed = true }: { range: number; signed?: boolean }) {
  if (!signed) {
    return (
      <div class="legend" aria-label={`Colours from 0 to ${brief(range)}, orange`} role="img">
        <span>0</span><i class="ramp upward" /><span>{brief(range)}</span>
      </div>
    );
  }
  return (
    <div class="legend" aria-label={`Colours from ${brief(-range)}, blue, over 0 to ${brief(range)}, orange`} role="img">
      <span>{brief(-range)}</span>
      <i class="ramp" />
      <span>{brief(range)}</span>
    </div>
  );
}
