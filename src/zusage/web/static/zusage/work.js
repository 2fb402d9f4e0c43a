// Under pressure a browser may do a little sum in place of waiting (ALTCHA, SHA-256): find the number whose hash,
// with the given salt before it, is the given one. Without this script one waits and sends again.
"use strict";

const hurdle = document.getElementById("hurdle");
const remedy = document.getElementById("hurdle-remedy");
const BATCH = 500;

async function hash(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function solve({ algorithm, challenge, salt, signature, maxnumber, maxNumber }) {
  const most = maxnumber ?? maxNumber;
  for (let start = 0; start <= most; start += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, most - start + 1) }, (_, step) => start + step);
    const hashes = await Promise.all(numbers.map((number) => hash(salt + number)));
    const found = hashes.indexOf(challenge);
    if (found >= 0) {
      return btoa(JSON.stringify({ algorithm, challenge, number: start + found, salt, signature }));
    }
  }
  return "";
}

if (window.crypto?.subtle) {
  remedy.textContent = hurdle.dataset.working;
  solve(JSON.parse(hurdle.dataset.challenge)).then((solution) => {
    hurdle.querySelector("input[name=altcha]").value = solution;
    remedy.textContent = hurdle.dataset.ready;
  });
}
