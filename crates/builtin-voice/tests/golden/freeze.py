"""Freezes what the reference implementation says, for the tests to compare with.

    pip install hibari-tts==0.2.1 && python freeze.py

Writes phonemes.tsv (text, phonemes) and one 16-bit WAV a line of `waveforms.txt`. Only needed when texts are added.
"""

import pathlib

import hibari
import numpy
from hibari.tts import write_wav

HERE = pathlib.Path(__file__).parent


def main():
    voice = hibari.Hibari()
    texts = (HERE / "texts.txt").read_text(encoding="utf-8").splitlines()
    lines = [f"{text}\t{voice.g2p(text)}\n" for text in texts]
    (HERE / "phonemes.tsv").write_text("".join(lines), encoding="utf-8")
    for line in (HERE / "waveforms.txt").read_text(encoding="utf-8").splitlines():
        name, phonemes = line.split("\t")
        audio = voice.from_phonemes(phonemes, seed=1)
        write_wav(str(HERE / f"{name}.wav"), numpy.asarray(audio))


if __name__ == "__main__":
    main()
