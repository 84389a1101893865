// The key window: one field, sent once, wiped. It is a page of its own, without the main window's code, and the program
// destroys it together with the memory of the field as soon as the key has been taken.

import "../styles/base.css";
import "./key.css";
import { keyWindow } from "../host/tauri";
import { words } from "../words";

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`no #${id}`);
  return found;
}

const form = element("form", HTMLFormElement);
const field = element("key", HTMLInputElement);
const submit = element("submit", HTMLButtonElement);
const cancel = element("cancel", HTMLButtonElement);
const problem = element("problem", HTMLElement);
const say = words.keyWindow;

document.title = say.title;
element("title", HTMLElement).textContent = say.title;
element("explanation", HTMLElement).textContent = say.explanation;
element("label", HTMLElement).textContent = say.label;
submit.textContent = say.submit;
cancel.textContent = say.cancel;

function wipe() {
  // Undo history goes with the field's value when it is set by a script.
  field.value = "";
  form.reset();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const sending = keyWindow.submit(field.value.trim());
  wipe();
  submit.disabled = true;
  problem.textContent = "";
  try {
    await sending;
  } catch {
    problem.textContent = say.failed;
    submit.disabled = false;
    field.focus();
  }
});

cancel.addEventListener("click", () => {
  wipe();
  void keyWindow.cancel();
});

window.addEventListener("keydown", (event) => {
  if (event.key === "Escape") cancel.click();
});
window.addEventListener("pagehide", wipe);
window.addEventListener("dragover", (event) => event.preventDefault());
window.addEventListener("drop", (event) => event.preventDefault());

field.focus();
