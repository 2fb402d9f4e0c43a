// The office by keyboard. Everything here can be done by links and Tab too; this only makes it shorter.
(function () {
  const dialog = document.getElementById('keys')

  document.addEventListener('submit', function (event) {
    // One click, one answer. The server would notice, too.
    const form = event.target
    if (!form.hasAttribute('data-once')) return
    if (form.dataset.sent) { event.preventDefault(); return }
    form.dataset.sent = 'yes'
    window.setTimeout(function () { delete form.dataset.sent }, 5000)
  })

  document.addEventListener('keydown', function (event) {
    const here = event.target
    const form = here.closest && here.closest('form.write')
    if (form && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit() }
    if (event.key === 'Escape' && here.matches && here.matches('main input, main textarea, main select')) here.blur()
  })

  if (!dialog || dialog.dataset.off) return

  const opener = document.querySelector('[data-opens="keys"]')
  if (opener) opener.addEventListener('click', function (event) { event.preventDefault(); dialog.showModal() })

  function links () { return Array.from(document.querySelectorAll('.row-link')) }

  function step (by) {
    const neighbour = document.querySelector('.pane-list a[rel="' + (by > 0 ? 'next' : 'prev') + '"]')
    if (document.querySelector('.pane-list')) { if (neighbour) neighbour.click(); return }
    const all = links()
    const at = all.indexOf(document.activeElement)
    const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))]
    if (next) next.focus()
  }

  function reach (key) {
    const one = document.querySelector('[data-key="' + key + '"]')
    if (!one) return
    const folded = one.closest('details')
    if (folded && !one.matches('summary')) folded.open = true
    if (one.matches('form')) one.querySelector('button').click()
    else if (one.matches('a, summary')) {
      one.click()
      // What the key opened can be answered at once: Enter, or typing.
      const first = one.matches('summary') && folded.open && folded.querySelector('[data-focus]')
      if (first) { first.focus(); first.scrollIntoView({ block: 'center' }) }
    }
    else { one.focus(); one.scrollIntoView({ block: 'center' }) }
  }

  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && 'jk'.indexOf(event.key) < 0) return
    if (event.target.closest('input, textarea, select, [contenteditable]') || dialog.open) return
    const keys = {
      j: function () { step(1) },
      k: function () { step(-1) },
      o: function () { if (document.activeElement.matches('.row-link')) document.activeElement.click() },
      '?': function () { dialog.showModal() }
    }
    const act = keys[event.key] || ('ianmfrpcdvuw012345'.indexOf(event.key) >= 0 && function () { reach(event.key) })
    if (!act) return
    event.preventDefault()
    act()
  })
})()
