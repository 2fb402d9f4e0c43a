// Under pressure only: finds the number that the page's challenge asks for (ALTCHA: SHA-256 of salt and number), then
// sends the form that the person has already sent once. Without this script the page asks for a moment of patience.
"use strict";

const hurdle = document.getElementById("hurdle");
const challenge = JSON.parse(hurdle.dataset.challenge);
const form = hurdle.closest("form");

function show(which) {
  for (const part of hurdle.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== which;
}

async function solve() {
  const text = new TextEncoder();
  for (let number = 0; number <= challenge.maxNumber; number += 1) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(challenge.salt + number)));
    if (Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("") === challenge.challenge) return number;
  }
  return null;
}

async function run() {
  show("working");
  const started = performance.now();
  const number = await solve();
  if (number === null) return show("waiting");
  const { algorithm, salt, signature } = challenge;
  const took = Math.round(performance.now() - started);
  const solution = { algorithm, challenge: challenge.challenge, number, salt, signature, took };
  form.elements.altcha.value = btoa(JSON.stringify(solution));
  show("done");
  form.requestSubmit();
}

// Browsers offer the hash on secure pages alone; elsewhere waiting is the way.
if (globalThis.crypto && crypto.subtle) run().catch(() => show("waiting"));
