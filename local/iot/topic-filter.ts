/**
 * Whether an MQTT topic filter matches a topic: `+` is one level, a last `#` one or more, and neither
 * stands for a first level that begins with `$` (MQTT 3.1.1 section 4.7.2). Unlike in MQTT, `sensor/#`
 * does not match `sensor`. Pure.
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-differences
 */
export const matchesTopic = (filter: string, topic: string): boolean => {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  const expected = filter.split('/')
  const levels = topic.split('/')
  for (const [index, level] of expected.entries()) {
    if (level === '#') return index < levels.length
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return expected.length === levels.length
}
