// Where the boxes of the drawn network go: dagre, in a worker, so that a large model does not hold up the page.
import { Graph, layout as dagreLayout } from "@dagrejs/dagre";

export interface Box { name: string; width: number; height: number }
export interface Link { from: string; to: string; label: string }
export interface Plan { boxes: readonly Box[]; links: readonly Link[]; direction: "LR" | "TB" }
export interface Placed {
  width: number;
  height: number;
  boxes: { name: string; x: number; y: number; width: number; height: number }[];
  links: { from: string; to: string; label: string; points: { x: number; y: number }[]; at: { x: number; y: number } | null }[];
}

export function place(plan: Plan): Placed {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: plan.direction, nodesep: 16, ranksep: plan.direction === "LR" ? 44 : 40, edgesep: 12, marginx: 14, marginy: 14 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of plan.boxes) graph.setNode(box.name, { width: box.width, height: box.height });
  plan.links.forEach((link, i) => {
    if (graph.hasNode(link.from) && graph.hasNode(link.to)) graph.setEdge(link.from, link.to, { width: link.label.length * 6.2, height: 14, labelpos: "c" }, String(i));
  });
  dagreLayout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width, height,
    boxes: plan.boxes.map((box) => {
      const at = graph.node(box.name) as { x: number; y: number };
      return { ...box, x: at.x - box.width / 2, y: at.y - box.height / 2 };
    }),
    links: graph.edges().map((edge) => {
      const laid = graph.edge(edge) as { points: { x: number; y: number }[]; x?: number; y?: number };
      const link = plan.links[Number(edge.name)];
      return {
        from: edge.v, to: edge.w, label: link?.label ?? "", points: laid.points,
        at: laid.x !== undefined && laid.y !== undefined ? { x: laid.x, y: laid.y } : null,
      };
    }),
  };
}
