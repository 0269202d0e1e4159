// Hands the affiliate on within a page: from the URL into form fields and purchase links. See the README, "On the page".
(() => {
  const tag = document.currentScript ?? document.querySelector('script[data-sentby]')
  const data = tag?.dataset ?? {}
  const list = (text) => (text ?? '').split(/[\s,]+/).filter(Boolean)
  const names = list(data.names ?? 'xa')
  const fields = list(data.fields ?? names[0])
  const hosts = new Map(list(data.hosts ?? 'self').map((entry) => {
    const [host, name = names[0]] = entry.split('=')
    return [host === 'self' ? location.host : host, name]
  }))
  // A token, or a short code: whatever else stands in a parameter is not ours.
  const CARRIER = /^(2[\da-hjkmnp-tv-z]{54,127}|[\da-hjkmnp-tv-z]{24})$/i
  const KEY = 'sentby'
  const ours = new WeakMap()
  let carrier = null
  let allowed = data.consent === 'granted'

  // Storage may be forbidden, and then throws.
  const stored = (call) => {
    try {
      return call(sessionStorage)
    } catch {
      return null
    }
  }

  const take = (text) => {
    if (!CARRIER.test(text ?? '')) return false
    carrier = text
    if (allowed) stored((storage) => storage.setItem(KEY, carrier))
    return true
  }

  const read = () => {
    const query = new URLSearchParams(location.search)
    return names.some((name) => take(query.get(name)))
  }

  /** Only an empty field or one that was filled here: what the page or the visitor put there stays. */
  const fill = (input) => {
    if (input.value === carrier || (input.value && input.value !== ours.get(input))) return
    input.value = carrier
    ours.set(input, carrier)
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }

  /** The text of the link stays as it is, but for the one parameter; a value that is not from here stays too. */
  const decorate = (anchor) => {
    const name = /^https?:$/.test(anchor.protocol) && hosts.get(anchor.host)
    if (!name) return
    const [, path, query = '', hash = ''] = /^([^?#]*)(\?[^#]*)?(#[^]*)?$/.exec(anchor.getAttribute('href'))
    const rest = query.slice(1).split('&').filter(Boolean)
    const place = rest.findIndex((part) => part.split('=')[0] === name)
    if (place >= 0) {
      const value = rest[place].slice(name.length + 1)
      if (value === carrier || (value && value !== ours.get(anchor))) return
      rest.splice(place, 1)
    }
    ours.set(anchor, carrier)
    anchor.setAttribute('href', `${path}?${[...rest, `${name}=${carrier}`].join('&')}${hash}`)
  }

  const apply = () => {
    read()
    if (carrier === null) return
    for (const input of document.querySelectorAll('input')) if (fields.includes(input.name)) fill(input)
    for (const anchor of document.querySelectorAll('a[href]')) decorate(anchor)
  }

  if (!read() && !take(data.carrier) && allowed) take(stored((storage) => storage.getItem(KEY)))
  addEventListener('sentby:consent', ({ detail }) => {
    allowed = detail === true
    if (!allowed) stored((storage) => storage.removeItem(KEY))
    else if (carrier === null) take(stored((storage) => storage.getItem(KEY)))
    else take(carrier)
    apply()
  })
  new MutationObserver(apply).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['href', 'name'] })
  addEventListener('popstate', apply)
  addEventListener('click', apply, true)
  apply()
})()
