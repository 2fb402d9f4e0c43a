// Shows the buttons that need a script: print the receipt, copy it. The page is whole without them.
"use strict";

const tools = document.getElementById("receipt-tools");
const code = document.getElementById("receipt-code");
const copy = document.getElementById("receipt-copy");

document.getElementById("receipt-print").addEventListener("click", () => window.print());

if (navigator.clipboard) {
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent.trim());
      copy.querySelector("span").textContent = copy.dataset.done;
      document.getElementById("receipt-said").textContent = copy.dataset.done;
    } catch {
      copy.hidden = true; // not allowed here: the code can still be marked and copied by hand
    }
  });
} else {
  copy.hidden = true;
}
tools.hidden = false;
