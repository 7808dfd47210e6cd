// Starts the components of GOV.UK Frontend. Every page works without this.
import { initAll } from './built/govuk-frontend.min.js'

document.body.classList.add('js-enabled')
if ('noModule' in HTMLScriptElement.prototype) document.body.classList.add('govuk-frontend-supported')
initAll()

// A page that waits for work looks again by itself; without a script its noscript refresh does.
const waiting = document.querySelector('[data-look-again]')
if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.lookAgain))
