"""Time to the first sound and CPU seconds for an hour of speech, of the service's Python client.

    python pace.py URL

Prints a line of JSON. `cargo xtask bench api` runs it beside the same measurement of `crates/waves`.
"""

import base64
import json
import os
import statistics
import sys
import time

os.environ["SMALLESTAI_TELEMETRY"] = "off"

from smallestai import SmallestAI
from smallestai.environment import SmallestAIEnvironment
from smallestai.waves.tts.types import TtsRequestMessage

URL = sys.argv[1]
WS = URL.replace("http://", "ws://")
CLIENT = SmallestAI(
    api_key="sk_sim_local_dev",
    environment=SmallestAIEnvironment(atoms=URL + "/atoms/v1", waves=URL, waves_ws=WS, payment=URL),
)
FIELDS = {"voice_id": "magnus", "sample_rate": 24000, "language": "auto"}
# Seven minutes: 60 ms for each character.
LONG = "Ten sounds " * 700
HOUR = 24000 * 3600


def http(text):
    """Pieces of samples."""
    yield from CLIENT.waves.synthesize_tts(text=text, **FIELDS)


def websocket(text):
    with CLIENT.waves.tts.connect() as socket:
        socket.synthesize_streaming_tts(TtsRequestMessage(text=text, complete_backoff_ms=0, **FIELDS))
        for frame in socket:
            data = frame.get("data") if isinstance(frame, dict) else getattr(frame, "data", None)
            audio = data.get("audio") if isinstance(data, dict) else getattr(data, "audio", None)
            if audio is None:
                return
            yield base64.b64decode(audio)


figures = {}
for name, speak in (("http", http), ("websocket", websocket)):
    times = []
    for _ in range(100):
        started = time.perf_counter()
        pieces = speak("Ten characters and some.")
        next(pieces)
        times.append(time.perf_counter() - started)
        for _ in pieces:
            pass
    figures[f"{name}_first_ms"] = statistics.median(times) * 1e3
    samples, before = 0, time.process_time()
    while samples < HOUR:
        samples += sum(len(piece) for piece in speak(LONG)) // 2
    figures[f"{name}_cpu_s"] = (time.process_time() - before) * HOUR / samples
print(json.dumps(figures))
