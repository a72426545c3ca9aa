import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Offer } from '../../protocols/huawei-ota/down.ts'

export const content = Buffer.from('the bytes of a package '.repeat(400))
export const sha256 = createHash('sha256').update(content).digest('hex')

/** Where a package is: at `/package?…`, behind a redirect at `/moved?…`, or as `answers` wants it. */
export const startPackageServer = async (
  answers?: (request: IncomingMessage, response: ServerResponse) => void,
) => {
  const requests: { url: string; headers: IncomingHttpHeaders }[] = []
  const server = createServer((request, response) => {
    const { url = '', headers } = request
    requests.push({ url, headers })
    if (answers) answers(request, response)
    else if (url.startsWith('/moved')) response.writeHead(302, { location: '/package' }).end()
    else response.writeHead(200, { 'Content-Length': String(content.length) }).end(content)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const offer = (more: Partial<Offer> = {}): Offer => ({
    package: 'firmware',
    version: 'v2.0.0',
    url: `${url}/package?signed`,
    linkSeconds: 3600,
    fileName: 'camera.bin',
    size: content.length,
    sha256,
    ...more,
  })
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, offer, requests, close }
}
