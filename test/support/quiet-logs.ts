/** Imported first by tests of functions that log and count: what they say is not what is tested. */
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT'
process.env.POWERTOOLS_METRICS_DISABLED = 'true'
