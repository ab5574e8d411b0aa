import { render } from "preact";
import { App } from "./app";
import "./theme.css";
import { start } from "./state/start";

const root = document.getElementById("app");
if (root) {
  render(<App />, root);
  void start();
}
