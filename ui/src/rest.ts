// All that is not in the first frame: fetched right after it, in one piece, so that nothing is ever waited for.

export { default as DropOverlay } from "./parts/DropOverlay.svelte";
export { default as ExportSheet } from "./parts/ExportSheet.svelte";
export { default as ImportReport } from "./parts/ImportReport.svelte";
export { default as KeySheet } from "./parts/KeySheet.svelte";
export { default as MakeAudio } from "./parts/MakeAudio.svelte";
export { default as VoicePicker } from "./parts/VoicePicker.svelte";
export { default as Documents } from "./screens/Documents.svelte";
export { default as Library } from "./screens/Library.svelte";
export { default as Pronunciation } from "./screens/Pronunciation.svelte";
export { default as Settings } from "./screens/Settings.svelte";
