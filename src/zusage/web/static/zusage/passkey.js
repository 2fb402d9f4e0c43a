// Joins our page to allauth's passkey scripts. Without a script or without passkeys the form stays hidden.
(function () {
  const form = document.querySelector('form[data-passkey]')
  const webauthn = window.allauth && window.allauth.webauthn
  if (!form || !webauthn || !window.webauthnJSON.supported()) return
  const ids = { add: 'use-key', authenticate: 'use-key', data: 'key-options', credential: form.querySelector('[data-credential]').id }
  webauthn.forms[form.dataset.passkey]({ ids })
  form.hidden = false
  document.querySelectorAll('[data-without-script]').forEach(function (one) { one.hidden = true })
  document.addEventListener('allauth.error', function (event) {
    event.preventDefault()
    form.querySelector('[data-failed]').hidden = false
  })
})()
