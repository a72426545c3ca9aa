import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const inlineFont = /url\(["']?data:font\/woff2;base64,([\w+/=]+)["']?\)/g

/**
 * Cloudscape's styles embed their fonts, for every script there is, 0.8 MB. As separate files a browser loads
 * only those that a page needs, after the page, and the content security policy can forbid `data:` addresses.
 */
const fontFiles = (): Plugin => ({
  name: 'font-files',
  generateBundle(_, bundle) {
    for (const asset of Object.values(bundle)) {
      if (asset.type !== 'asset' || !asset.fileName.endsWith('.css')) continue
      const css = typeof asset.source === 'string' ? asset.source : new TextDecoder().decode(asset.source)
      asset.source = css.replace(inlineFont, (_, encoded: string) => {
        const font = { type: 'asset' as const, name: 'font.woff2', source: Buffer.from(encoded, 'base64') }
        return `url(/${this.getFileName(this.emitFile(font))})`
      })
    }
  },
})

const inlineImage =
  /url\((["']?)data:image\/(svg\+xml|png|jpeg)(?:;charset=utf-8)?(;base64)?,((?:\\.|(?!\1\)).)+)\1\)/gs

/** The same for images embedded in third-party styles. */
const imageFiles = (): Plugin => ({
  name: 'image-files',
  generateBundle(_, bundle) {
    for (const asset of Object.values(bundle)) {
      if (asset.type !== 'asset' || !asset.fileName.endsWith('.css')) continue
      const css = typeof asset.source === 'string' ? asset.source : new TextDecoder().decode(asset.source)
      asset.source = css.replace(inlineImage, (_, __, kind: string, inBase64: string, data: string) => {
        const source = inBase64
          ? Buffer.from(data, 'base64')
          : decodeURIComponent(data.replaceAll('\\\n', '').replaceAll(/\\(.)/g, '$1'))
        const image = { type: 'asset' as const, name: `image.${kind.replace('+xml', '')}`, source }
        return `url(/${this.getFileName(this.emitFile(image))})`
      })
    }
  },
})

/**
 * Builds the console's page. The first page loads only the shell and itself: the others are loaded when they
 * are opened. No script or style is inline and no file is a `data:` address, so that the content security
 * policy can be strict.
 */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), fontFiles(), imageFiles()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false },
  // `npx vite console`, beside `npm start`, shows a change of the page at once.
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/openapi.json', '/asyncapi.json', '/config.json', '/oauth2'].map((path) => [
        path,
        'http://127.0.0.1:3000',
      ]),
    ),
  },
})
