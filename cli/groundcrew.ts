#!/usr/bin/env node
import { main } from './main.ts'

// The package brings the SDK, and its tests run it in Node 20: the warning asks users for what they cannot do.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
process.exitCode = await main(process.argv.slice(2))
