import assert from 'node:assert/strict'
import { connect } from 'node:net'

/** How the vendor's SDK in C downloads. */

/**
 * What the vendor's SDK in C sends for a link, byte for byte: lines end with a line feed alone, `Host` is
 * without the port of the link, and an empty line too many ends it. It does so over TLS.
 *
 * github.com/huaweicloud/huaweicloud-iot-device-sdk-c 0a5ccf6, src/agentlite/iota_datatrans.c,
 * IOTA_GetHttpHeader; include/agentlite/iota_datatrans.h
 */
export const requestOfTheSdkInC = (url: string, token?: string): string => {
  const [, host, , uri] = /^https?:\/\/([^:/]{1,49}):(\d{1,5})(\/.*)$/.exec(url) ?? []
  const isWhole = host && uri && (token !== undefined || uri.includes('?'))
  assert.ok(isWhole, 'the SDK wants a port, and without a token a query')
  const headers = token === undefined ? '' : `Content-Type: application/json\nAuthorization:Bearer ${token}`
  return `GET ${uri} HTTP/1.1\nHost: ${host}\n${headers}\r\n\r\n`
}

/** What it makes of the answer: the status and the length are read from the very spelling. */
export const readAsTheSdkInC = (answer: string) => {
  const head = answer.slice(0, 4095)
  const length = /Content-Length: (\d{1,9})[\r\n;]/.exec(head)?.[1]
  const fileName = /filename=([^\r\n;]*)/.exec(head)?.[1]
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  return { status: head.slice('HTTP/1.1 '.length).slice(0, 3), length: Number(length), fileName, body }
}

/** Sends these bytes to a server on this machine, and answers what comes until all that was announced is there. */
export const exchange = async (serverUrl: string, bytes: string): Promise<string> => {
  const socket = connect(Number(new URL(serverUrl).port), '127.0.0.1')
  // It stays for as long as the SDK does: until all that was announced is there.
  const timer = setTimeout(() => socket.destroy(new Error('no whole answer came')), 10_000)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let answer = ''
  socket.setEncoding('latin1')
  socket.on('data', (piece: string) => {
    answer += piece
    const { length, body } = readAsTheSdkInC(answer)
    if (body.length >= length) resolve(answer)
  })
  socket.on('error', reject)
  socket.on('close', () => resolve(answer))
  socket.write(bytes)
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}
