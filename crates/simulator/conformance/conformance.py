"""Runs the official clients of the service, unmodified, against the simulator program.

    python conformance.py PATH_TO_SIMULATOR

Each case is a function; its docstring is its name in the table. A case that a client gets wrong by itself, on any server that follows the
contract, says what it does instead: then the table says "client". The exit code is 1 if any case fails.
"""

import asyncio
import io
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
import wave

os.environ["SMALLESTAI_TELEMETRY"] = "off"
os.environ["DO_NOT_TRACK"] = "1"
os.environ.setdefault("LIVEKIT_URL", "ws://127.0.0.1:1")

KEY = "sk_sim_local_dev"
TEXT = "The quick brown fox jumps over the lazy dog."
# A tone lasts 60 ms for each character: two bytes a sample at 24 kHz.
BYTES_24K = round(len(TEXT) * 0.06 * 24000) * 2
CASES = []


class Simulator:
    """The program, for as long as the block runs."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.process = subprocess.Popen(
            [PROGRAM, "--tone", *self.options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.url = self.process.stdout.readline().strip()
        self.ws = self.url.replace("http://", "ws://")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def sdk(self, key=KEY, asynchronous=False):
        from smallestai import AsyncSmallestAI, SmallestAI
        from smallestai.environment import SmallestAIEnvironment

        environment = SmallestAIEnvironment(
            atoms=self.url + "/atoms/v1", waves=self.url, waves_ws=self.ws, payment=self.url
        )
        kind = AsyncSmallestAI if asynchronous else SmallestAI
        return kind(api_key=key, environment=environment)

    def openai(self, key=KEY, **options):
        import openai

        return openai.OpenAI(api_key=key, base_url=self.url + "/waves/v1", **options)


def case(client):
    def add(function):
        CASES.append((client, function.__doc__, function))
        return function

    return add


class Own(Exception):
    """The client fails by itself, as it is known to."""


def raises(kind, call, status=None):
    try:
        call()
    except kind as error:
        if status is not None:
            assert error.status_code == status, error
        return error
    raise AssertionError(f"no {kind.__name__}")


def speak(client, **options):
    options = {"text": TEXT, "voice_id": "sophia", "sample_rate": 24000, **options}
    return b"".join(client.waves.synthesize_tts(**options))


# ---------------------------------------------------------------------------------------------- smallestai, sync


@case("smallestai sync")
def sync_formats(simulator):
    """every output format at every rate"""
    client = simulator.sdk()
    for rate in (8000, 16000, 24000, 44100):
        samples = round(len(TEXT) * 0.06 * rate)
        assert len(speak(client, sample_rate=rate)) == 2 * samples
        with wave.open(io.BytesIO(speak(client, sample_rate=rate, output_format="wav"))) as file:
            assert (file.getframerate(), file.getnframes(), file.getnchannels()) == (rate, samples, 1)
        assert speak(client, sample_rate=rate, output_format="mp3")[0] == 0xFF
        for law in ("ulaw", "alaw"):
            assert len(speak(client, sample_rate=rate, output_format=law)) == samples


@case("smallestai sync")
def sync_every_field(simulator):
    """every documented field of a request"""
    audio = speak(
        simulator.sdk(),
        model="lightning_v3.1_pro",
        voice_id="meher",
        speed=1.5,
        language="hi",
        number_pronunciation_language="en",
        word_timestamps=True,
        session_id="s-1",
        request_id="r.1",
        # Fields that this version of the package does not name yet.
        request_options={"additional_body_parameters": {"math_notation": True, "save_history": False}},
    )
    assert abs(len(audio) - BYTES_24K / 1.5) <= 4


@case("smallestai sync")
def sync_raw_headers(simulator):
    """ids in the headers of the raw answer"""
    with simulator.sdk().waves.with_raw_response.synthesize_tts(
        text=TEXT, voice_id="sophia", session_id="mine", request_id="this"
    ) as answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert headers["content-type"] == "audio/wav"
        assert headers["x-external-session-id"] == "mine" and headers["x-external-request-id"] == "this"
        assert headers["x-request-id"] and headers["x-session-id"]
        assert b"".join(answer.data)


@case("smallestai sync")
def sync_helpers(simulator):
    """synthesize_to_file and synthesize_bytes"""
    from smallestai.waves.helpers import synthesize_bytes, synthesize_to_file

    client = simulator.sdk()
    path = os.path.join(tempfile.mkdtemp(), "out.wav")
    synthesize_to_file(client, TEXT, voice_id="sophia", path=path, sample_rate=24000)
    with wave.open(path) as file:
        assert file.getnframes() * 2 == BYTES_24K
    assert len(synthesize_bytes(client, TEXT, voice_id="sophia")) > 1000


@case("smallestai sync")
def sync_errors(simulator):
    """400, 401, 403, 429, 500 as the exceptions of the package"""
    from smallestai.core.api_error import ApiError
    from smallestai.waves.errors import BadRequestError, InternalServerError, UnauthorizedError

    client = simulator.sdk()
    bad = raises(BadRequestError, lambda: speak(client, voice_id="nobody"), 400)
    assert "Invalid Voice ID" in str(bad.body)
    raises(BadRequestError, lambda: speak(client, language="tr"), 400)
    raises(UnauthorizedError, lambda: speak(simulator.sdk("wrong")), 401)
    raises(ApiError, lambda: speak(simulator.sdk("sk_sim_forbidden")), 403)
    raises(ApiError, lambda: speak(simulator.sdk("sk_sim_rate_limited")), 429)
    fault = {"request_options": {"additional_headers": {"X-Sim-Fault": "500"}}}
    raises(InternalServerError, lambda: speak(client, **fault), 500)


@case("smallestai sync")
def sync_retries(simulator):
    """voices are asked for again after a 503 and a 429, as the package promises"""
    for number, fault in enumerate(("503;times=1", "429;times=2;retry-after=0")):
        options = {"additional_headers": {"X-Sim-Fault": f"{fault};id=retry{number}"}, "max_retries": 2}
        voices = simulator.sdk().waves.get_voices(model="lightning-v3.1", request_options=options)
        assert voices.voices


@case("smallestai sync")
def sync_sse(simulator):
    """Server-Sent Events, read from the raw answer"""
    client = simulator.sdk()
    events = list(client.waves.synthesize_sse_tts(text=TEXT, voice_id="sophia", sample_rate=24000))
    import base64

    import httpx

    with httpx.stream(
        "POST",
        simulator.url + "/waves/v1/tts/live",
        headers={"Authorization": f"Bearer {KEY}"},
        json={"text": TEXT, "voice_id": "sophia", "sample_rate": 24000},
    ) as answer:
        data = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert sum(len(base64.b64decode(event.get("audio", ""))) for event in data) == BYTES_24K
    assert data[-1] == {"status": "200", "done": True}
    if not events:
        raise Own("its iterator takes each event for a string and yields nothing; the raw answer is right")


@case("smallestai sync")
def sync_voices(simulator):
    """both pools and the catalogue; previews can be fetched"""
    import httpx

    client = simulator.sdk()
    pools = {}
    for model in ("lightning-v3.1", "lightning-v3.1-pro"):
        pools[model] = client.waves.get_voices(model=model).voices
        assert all(voice.voice_id and voice.display_name for voice in pools[model])
    catalogue = client.waves.voices.get_all_voice_models()
    assert len(catalogue.voices) == sum(map(len, pools.values()))
    assert httpx.get(catalogue.voices[0].audio_preview).content.startswith(b"RIFF")


@case("smallestai sync")
def sync_dictionaries(simulator):
    """dictionaries are made, listed, changed, used and deleted"""
    client = simulator.sdk()
    made = client.waves.create_pronunciation_dict(items=[{"word": "API", "pronunciation": "ay-pee-eye"}])
    assert re.fullmatch("[0-9a-f]{24}", made.id) and made.created_at
    assert made.id in [known.id for known in client.waves.get_pronunciation_dicts()]
    plain, replaced = (speak(client, text="API", **extra) for extra in ({}, {"pronunciation_dicts": [made.id]}))
    assert len(plain) * 10 == len(replaced) * 3
    changed = client.waves.update_pronunciation_dict(id=made.id, items=[{"word": "API", "pronunciation": "a"}])
    assert changed.items[0].pronunciation == "a"
    assert client.waves.delete_pronunciation_dict(id=made.id).deleted
    assert made.id not in [known.id for known in client.waves.get_pronunciation_dicts()]


@case("smallestai sync")
def sync_clones(simulator):
    """a voice is cloned, listed and speaks"""
    client = simulator.sdk()
    sample = speak(client, output_format="wav")
    made = client.waves.create_voice_clone(
        display_name="Me", file=("me.wav", sample, "audio/wav"), language="en", tags="a, b"
    )
    assert made.message == "Voice clone created successfully"
    listed = {clone.voice_id: clone for clone in client.waves.list_voice_clones().data}
    assert listed[made.data.voice_id].display_name == "Me"
    assert len(speak(client, voice_id=made.data.voice_id)) == BYTES_24K
    from smallestai.waves.errors import BadRequestError

    wrong = ("me.ogg", b"OggS", "audio/ogg")
    raises(BadRequestError, lambda: client.waves.create_voice_clone(display_name="Me", file=wrong), 400)


@case("smallestai sync")
def sync_stt(simulator):
    """speech to text of its own audio, both models, with words; errors"""
    from smallestai.waves.errors import BadRequestError, UnauthorizedError

    client = simulator.sdk()
    audio = speak(client, output_format="wav")
    pulse = client.waves.speech_to_text.transcribe(
        model="pulse", language="en", request=audio, word_timestamps=True, diarize=True
    )
    assert pulse.status == "success" and pulse.transcription == TEXT
    assert [word.word for word in pulse.words] == TEXT.split() and pulse.utterances[0].text == TEXT
    pro = client.waves.speech_to_text.transcribe(model="pulse-pro", language="en", request=audio)
    assert pro.transcription == TEXT and pro.request_id
    transcribe = client.waves.speech_to_text.transcribe
    raises(BadRequestError, lambda: transcribe(model="pulse", language="xx", request=audio), 400)
    wrong = simulator.sdk("wrong").waves.speech_to_text.transcribe
    raises(UnauthorizedError, lambda: wrong(model="pulse", language="en", request=audio), 401)


@case("smallestai sync")
def sync_chat(simulator):
    """chat completions of its own client"""
    answer = simulator.sdk().waves.electron.complete(
        model="electron", messages=[{"role": "user", "content": "hello"}]
    )
    assert answer.choices[0].message.content == "You said: hello"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


@case("smallestai sync")
def sync_analytics(simulator):
    """logs, usage and credits add up; health; subscription"""
    client = simulator.sdk()
    before = client.waves.analytics.list_text_to_speech_logs(page_size=1).total_count
    speak(client)
    logs = client.waves.analytics.list_text_to_speech_logs(page_size=1)
    assert logs.total_count == before + 1 and logs.data[0].text == TEXT and logs.data[0].model == "lightning-v3.1"
    import datetime

    now = datetime.datetime.now(datetime.timezone.utc)
    span = {"from_": now - datetime.timedelta(days=1), "to": now + datetime.timedelta(hours=1), "granularity": "hour"}
    usage = client.waves.analytics.get_text_to_speech_usage_timeseries(**span)
    assert usage.total_request_count == logs.total_count == sum(usage.values)
    credits = client.waves.analytics.get_text_to_speech_credits_timeseries(**span)
    account = client.atoms.user.get_subscription().data
    assert account.total_credits - account.current_credits == credits.total_credits
    client.waves.analytics.get_text_to_speech_concurrency_timeseries(**span)
    client.waves.analytics.get_text_to_speech_websocket_connections_timeseries(**span)
    client.waves.analytics.list_webhook_logs()
    client.waves.analytics.list_streaming_speech_to_text_logs()
    client.waves.analytics.get_streaming_speech_to_text_usage_timeseries(**span)
    client.waves.analytics.delete_streaming_speech_to_text_history("no-such-id")
    assert client.waves.ops.get_waves_health().status == "ok"


# ------------------------------------------------------------------------------------------- smallestai, WebSocket


def message(**fields):
    from smallestai.waves.tts.types import TtsRequestMessage

    return TtsRequestMessage(**{"text": TEXT, "voice_id": "sophia", "sample_rate": 24000, **fields})


def field(frame, name):
    return frame.get(name) if isinstance(frame, dict) else getattr(frame, name, None)


def payload(frame, name):
    data = field(frame, "data")
    return field(data, name) if data is not None else None


def collect(frames):
    import base64

    audio, words = b"", []
    for frame in frames:
        status = field(frame, "status")
        if status == "chunk":
            audio += base64.b64decode(payload(frame, "audio"))
        elif status == "word_timestamp":
            words.append(payload(frame, "word"))
        else:
            return audio, words, frame
    raise AssertionError("no end")


@case("smallestai socket")
def socket_plain(simulator):
    """several requests on one socket, with word times"""
    with simulator.sdk().waves.tts.connect() as socket:
        for _ in range(3):
            socket.synthesize_streaming_tts(message(voice_id="avery", word_timestamps=True))
            audio, words, last = collect(iter(socket))
            assert len(audio) == BYTES_24K and words == TEXT.split() and field(last, "status") == "complete"


@case("smallestai socket")
def socket_pieces(simulator):
    """continue and flush; one complete"""
    with simulator.sdk().waves.tts.connect() as socket:
        send = socket.synthesize_streaming_tts
        for piece in ("The quick brown fox ", "jumps over "):
            send(message(text=piece, **{"continue": True}))
        send(message(text="the lazy dog.", flush=True))
        audio, _, last = collect(iter(socket))
        assert len(audio) == BYTES_24K and field(last, "status") == "complete"


@case("smallestai socket")
def socket_error(simulator):
    """an error frame, and the socket goes on"""
    with simulator.sdk().waves.tts.connect() as socket:
        socket.synthesize_streaming_tts(message(voice_id="nobody"))
        _, _, last = collect(iter(socket))
        assert field(last, "status") == "error" and "Invalid Voice ID" in str(field(last, "message"))
        socket.synthesize_streaming_tts(message())
        assert collect(iter(socket))[0]


@case("smallestai socket")
def socket_wrong_key(simulator):
    """a wrong key, synchronous"""
    from smallestai.core.api_error import ApiError

    try:
        with simulator.sdk("wrong").waves.tts.connect():
            raise AssertionError("it opened")
    except ApiError as error:
        assert error.status_code == 401
    except Exception as error:
        if type(error).__name__ == "InvalidStatus" and error.response.status_code == 401:
            raise Own("it looks for an exception that websockets no longer raises; the status is 401")
        raise


@case("smallestai old shim")
def shim(simulator):
    """WavesStreamingTTS: a text, a stream of texts, an error"""
    from smallestai.waves import TTSConfig, WavesStreamingTTS

    def make(**options):
        shim = WavesStreamingTTS(TTSConfig(voice_id="magnus", api_key=KEY, **options))
        shim.ws_url = simulator.ws + "/waves/v1/tts/live"
        return shim

    assert len(b"".join(make().synthesize(TEXT))) == BYTES_24K
    pieces = iter(["The quick brown fox ", "jumps over ", "the lazy dog."])
    assert len(b"".join(make().synthesize_streaming(pieces))) == BYTES_24K
    hurried = make(max_buffer_flush_ms=20)
    assert len(b"".join(hurried.synthesize_streaming(iter(["One. ", "Two."])))) == round(9 * 0.06 * 24000) * 2
    wrong = make()
    wrong.config.voice_id = "nobody"
    assert "Invalid Voice ID" in str(raises(Exception, lambda: list(wrong.synthesize(TEXT))))


# --------------------------------------------------------------------------------------------- smallestai, async


@case("smallestai async")
def asynchronous(simulator):
    """synthesis, voices, dictionaries, transcription, a socket, a wrong key"""
    from smallestai.core.api_error import ApiError

    async def run():
        client = simulator.sdk(asynchronous=True)
        options = {"text": TEXT, "voice_id": "sophia", "sample_rate": 24000}
        parts = [part async for part in client.waves.synthesize_tts(**options)]
        assert len(b"".join(parts)) == BYTES_24K
        wav = b"".join([part async for part in client.waves.synthesize_tts(**options, output_format="wav")])
        many = await asyncio.gather(*(client.waves.get_voices(model="lightning-v3.1-pro") for _ in range(20)))
        assert all(answer.voices for answer in many)
        made = await client.waves.create_pronunciation_dict(items=[{"word": "a", "pronunciation": "b"}])
        assert (await client.waves.delete_pronunciation_dict(id=made.id)).deleted
        heard = await client.waves.speech_to_text.transcribe(model="pulse", language="en", request=wav)
        assert heard.transcription == TEXT
        async with client.waves.tts.connect() as socket:
            await socket.synthesize_streaming_tts(message())
            frames = []
            async for frame in socket:
                frames.append(frame)
                if field(frame, "status") == "complete":
                    break
            assert len(collect(iter(frames))[0]) == BYTES_24K
        try:
            async with simulator.sdk("wrong", asynchronous=True).waves.tts.connect():
                raise AssertionError("it opened")
        except ApiError as error:
            assert error.status_code == 401

    asyncio.run(run())


# ----------------------------------------------------------------------------------------------------------- CLI


@case("smallestai CLI")
def command_line(simulator):
    """models: voices, tts in every format, clones, stt; a wrong key"""
    folder = tempfile.mkdtemp()
    environment = {**os.environ, "SMALLEST_BASE_URL": simulator.url, "SMALLEST_API_KEY": KEY, "HOME": folder, "COLUMNS": "300"}
    program = os.path.join(os.path.dirname(sys.executable), "smallestai")

    def run(*arguments, key=KEY):
        done = subprocess.run(
            [program, "models", *arguments],
            env={**environment, "SMALLEST_API_KEY": key},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    code, said = run("voices")
    assert code == 0 and "sophia" in said, said
    code, said = run("voices", "--model", "lightning-v3.1-pro")
    assert code == 0 and "meher" in said, said
    for kind in ("wav", "mp3", "pcm", "ulaw", "alaw"):
        path = os.path.join(folder, "out." + kind)
        code, said = run("tts", TEXT, "--voice-id", "sophia", "--format", kind, "--sample-rate", "24000", "-o", path)
        assert code == 0 and os.path.getsize(path) > 5000, said
    code, said = run("clones")
    assert code == 0, said
    for model in ("pulse", "pulse-pro"):
        code, said = run("stt", os.path.join(folder, "out.wav"), "--model", model)
        assert code == 0 and "quick brown fox" in said, said
    assert run("voices", key="wrong")[0] != 0


# -------------------------------------------------------------------------------------------------------- openai


def ask(client, **options):
    options = {"model": "electron", "messages": [{"role": "user", "content": "hello there"}], **options}
    return client.chat.completions.create(**options)


@case("openai")
def openai_plain(simulator):
    """a completion with usage; the raw answer's request id"""
    client = simulator.openai()
    answer = ask(client, temperature=0.3, top_p=0.9, seed=7, user="me")
    assert answer.choices[0].message.content == "You said: hello there" and answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id
    assert ask(client, max_tokens=3).choices[0].finish_reason == "length"
    assert json.loads(ask(client, response_format={"type": "json_object"}).choices[0].message.content)


@case("openai")
def openai_stream(simulator):
    """a streamed completion, with usage at its end"""
    text, usage = "", None
    for chunk in ask(simulator.openai(), stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    assert text == "You said: hello there" and usage.total_tokens


@case("openai")
def openai_tools(simulator):
    """a tool call, plain and streamed, and its answer"""
    tools = [{"type": "function", "function": {"name": "look", "parameters": {
        "type": "object", "properties": {"where": {"type": "string"}}, "required": ["where"]}}}]
    client = simulator.openai()
    call = ask(client, tools=tools, tool_choice="required").choices[0].message.tool_calls[0]
    assert call.function.name == "look" and json.loads(call.function.arguments) == {"where": "where"}
    arguments = ""
    for chunk in ask(client, tools=tools, tool_choice="required", stream=True):
        for part in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
            arguments += part.function.arguments or ""
    assert json.loads(arguments) == {"where": "where"}
    messages = [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": None, "tool_calls": [call.model_dump()]},
        {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
    ]
    assert "sunny" in ask(client, messages=messages).choices[0].message.content


@case("openai")
def openai_errors(simulator):
    """400, 401, 403, 429, 503 as the exceptions of the package, with their messages"""
    import openai

    client = simulator.openai(max_retries=0)
    error = raises(openai.BadRequestError, lambda: ask(client, n=2), 400)
    assert "Invalid input data" in str(error) and error.body["details"][0]["path"] == ["n"]
    raises(openai.AuthenticationError, lambda: ask(simulator.openai("wrong")), 401)
    raises(openai.PermissionDeniedError, lambda: ask(simulator.openai("sk_sim_forbidden")), 403)
    raises(openai.RateLimitError, lambda: ask(simulator.openai("sk_sim_rate_limited", max_retries=0)), 429)
    fault = {"extra_headers": {"X-Sim-Fault": "503;times=1;id=openai"}}
    assert ask(simulator.openai(), **fault).choices, "its own retry"
    raises(openai.InternalServerError, lambda: ask(client, extra_headers={"X-Sim-Fault": "503"}), 503)


@case("openai")
def openai_async(simulator):
    """the asynchronous client, plain and streamed"""
    import openai

    async def run():
        client = openai.AsyncOpenAI(api_key=KEY, base_url=simulator.url + "/waves/v1")
        assert (await ask(client)).choices[0].message.content
        stream = await ask(client, stream=True)
        parts = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
        assert "".join(parts) == "You said: hello there"

    asyncio.run(run())


# ------------------------------------------------------------------------------------------------------- LiveKit


def livekit(simulator, use, **options):
    """Runs `use(tts)` with a plugin of these options."""
    import aiohttp
    from livekit.plugins import smallestai

    async def run():
        async with aiohttp.ClientSession() as session:
            tts = smallestai.TTS(
                api_key=options.pop("api_key", KEY),
                base_url=simulator.url + "/waves/v1",
                ws_url=simulator.ws + "/waves/v1/tts/live",
                http_session=session,
                **options,
            )
            try:
                return await use(tts)
            finally:
                await tts.aclose()

    return asyncio.run(run())


async def stream(tts, pieces):
    stream = tts.stream()
    for piece in pieces:
        stream.push_text(piece)
    stream.end_input()
    frames = [event.frame async for event in stream]
    await stream.aclose()
    return sum(len(bytes(frame.data)) for frame in frames)


@case("livekit")
def livekit_http(simulator):
    """synthesize() over HTTP, both models with their default voices"""

    async def use(tts):
        return sum([len(bytes(event.frame.data)) async for event in tts.synthesize(TEXT)])

    for model in ("lightning_v3.1", "lightning_v3.1_pro"):
        assert abs(livekit(simulator, use, model=model) - BYTES_24K) < 4000


@case("livekit")
def livekit_continuations(simulator):
    """stream() with contexts: two turns of several sentences, word times"""

    async def use(tts):
        first = await stream(tts, ["This is the first sentence. ", "And this is ", "the second one."])
        second = await stream(tts, ["Another turn."])
        return first, second

    for words in (False, True):
        first, second = livekit(simulator, use, word_timestamps=words)
        assert abs(first - round(55 * 0.06 * 24000) * 2) < 4 * 2880, first
        assert second > 20000


@case("livekit")
def livekit_legacy(simulator):
    """stream() with continue and flush: three turns on one connection, with and without a timed flush"""

    async def use(tts):
        return [await stream(tts, ["The quick brown fox ", "jumps over ", "the lazy dog."]) for _ in range(3)]

    for timed in (0, 50):
        options = {"use_continuations": False, "max_buffer_flush_ms": timed}
        for total in livekit(simulator, use, **options):
            assert abs(total - BYTES_24K) < 4 * 2880, total


@case("livekit")
def livekit_errors(simulator):
    """a wrong key and an unknown voice"""
    from livekit.agents import APIConnectOptions, APIError

    async def over_http(tts):
        options = APIConnectOptions(max_retry=0, timeout=5)
        return [event async for event in tts.synthesize(TEXT, conn_options=options)]

    async def over_socket(tts):
        stream = tts.stream(conn_options=APIConnectOptions(max_retry=0, timeout=5))
        stream.push_text(TEXT)
        stream.end_input()
        try:
            return [event async for event in stream]
        finally:
            await stream.aclose()

    for use in (over_http, over_socket):
        for options in ({"api_key": "wrong"}, {"voice_id": "nobody"}):
            raises(APIError, lambda: livekit(simulator, use, **options))


@case("livekit")
def livekit_stt(simulator):
    """STT of a whole utterance"""
    import aiohttp
    from livekit import rtc
    from livekit.plugins import smallestai

    audio = speak(simulator.sdk(), sample_rate=16000)

    async def run():
        async with aiohttp.ClientSession() as session:
            stt = smallestai.STT(
                api_key=KEY, base_url=simulator.url + "/waves/v1", language="en", http_session=session
            )
            frame = rtc.AudioFrame(audio, 16000, 1, len(audio) // 2)
            event = await stt.recognize(frame)
            return event.alternatives[0].text

    assert asyncio.run(run()) == TEXT


@case("livekit")
def livekit_live_stt(simulator):
    """STT of a stream: two sentences with a pause between them, words with times, the end of the stream"""
    import aiohttp
    from livekit import rtc
    from livekit.agents.stt import SpeechEventType
    from livekit.plugins import smallestai

    other = "A second sentence follows."
    client = simulator.sdk()
    spoken = [speak(client, sample_rate=16000, text=text) for text in (TEXT, other)]
    audio = (b"\0\0" * 16000).join(spoken)

    async def run():
        async with aiohttp.ClientSession() as session:
            stt = smallestai.STT(
                api_key=KEY, base_url=simulator.url + "/waves/v1", language="en", http_session=session
            )
            stream = stt.stream()
            for at in range(0, len(audio), 3200):
                piece = audio[at : at + 3200]
                stream.push_frame(rtc.AudioFrame(piece, 16000, 1, len(piece) // 2))
            stream.end_input()
            events = [event async for event in stream]
            await stream.aclose()
            return events

    events = asyncio.run(run())
    finals = [event.alternatives[0] for event in events if event.type == SpeechEventType.FINAL_TRANSCRIPT]
    assert [final.text for final in finals] == [TEXT, other], finals
    assert abs(finals[1].start_time - (len(TEXT) * 0.06 + 1)) < 0.1, finals[1]
    starts = [event for event in events if event.type == SpeechEventType.START_OF_SPEECH]
    ends = [event for event in events if event.type == SpeechEventType.END_OF_SPEECH]
    assert len(starts) == len(ends) == 2, [event.type for event in events]


# ------------------------------------------------------------------------------------------------------ concurrency


@case("smallestai sync")
def one_at_a_time(_):
    """a second synthesis is 429 when the account allows one, whatever the transport"""
    from smallestai.core.api_error import ApiError

    with Simulator("--concurrency", "1", "--pace", "1") as simulator:
        client = simulator.sdk()
        with simulator.sdk().waves.tts.connect() as socket:
            socket.synthesize_streaming_tts(message())
            assert field(next(iter(socket)), "status") == "chunk"
            raises(ApiError, lambda: speak(client), 429)
            socket.synthesize_streaming_tts(message())
            frames = iter(socket)
            while field(last := next(frames), "status") == "chunk":
                pass
            assert field(last, "status") == "error"


def main():
    # What a client says about an error that a case wants is no news.
    logging.disable(logging.CRITICAL)
    rows, failed = [], 0
    with Simulator() as simulator:
        for client, name, function in CASES:
            started = time.time()
            try:
                function(simulator)
                outcome, note = "ok", ""
            except Own as own:
                outcome, note = "client", str(own)
            except Exception as error:
                failed += 1
                outcome, note = "FAILED", f"{type(error).__name__}: {error}"
                traceback.print_exc()
            rows.append((client, name, outcome, note))
            print(f"{outcome:7} {client}: {name} ({time.time() - started:.1f} s)", file=sys.stderr, flush=True)
    print("| client | case | result |\n|---|---|---|")
    for client, name, outcome, note in rows:
        print(f"| {client} | {name} | {outcome}{': ' + note if note else ''} |")
    outcomes = [outcome for _, _, outcome, _ in rows]
    passed, own = outcomes.count("ok"), outcomes.count("client")
    print(f"\n{passed} as documented, {own} failures of the clients themselves, {failed} failed")
    sys.stdout.flush()
    # The event loops of some clients leave threads behind that wait for ever.
    os._exit(1 if failed else 0)


if __name__ == "__main__":
    PROGRAM = sys.argv[1]
    main()
