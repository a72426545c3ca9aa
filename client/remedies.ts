/** Advice by problem type, where the status alone would give none or other advice. */
export const remedies: Readonly<Record<string, string>> = {
  'approval-by-maker':
    'Ask somebody else who may operate it: whoever gave the campaign its settings may not.',
  'package-downloads-off': 'Take the usual offer, or ask whoever runs Groundcrew to deploy packageDownloads.',
  'package-in-use': 'Wait until these have ended, or abort them, then delete it.',
  'package-fixed': 'Make another package, under another id.',
  'package-deleted': 'Make another package, under another id.',
  'package-not-ready': 'Upload its file, and wait until it is proved.',
  'package-not-uploaded': 'Upload the file again: what has already arrived is kept.',
  'campaign-empty': 'Choose devices for it, one by one, or by fleet, model or labels.',
  'campaign-started': 'Make another campaign for these devices.',
  'campaign-has-devices': 'Make another campaign, under another id.',
  'webhook-ended': 'Change and save the webhook to begin anew.',
  'too-many-webhooks': 'Delete one that is needed no more.',
  'too-many-collections': 'Delete one that is needed no more.',
  'collection-disabled': 'Change it to be enabled, then run it.',
  'debug-mode-held': 'Wait until it is released, or close it first.',
  'dock-not-idle': 'Wait until the dock is idle, then try again.',
  'wrong-campaign-state': 'Look at the state of the campaign: it decides what can be done with it.',
}
