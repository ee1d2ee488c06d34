# SPDX-License-Identifier: Apache-2.0
"""Runs bulkhead-audio on sound, odd and hostile recordings.

    python3 test_program.py PATH-OF-BULKHEAD-AUDIO
"""
import array
import io
import os
import random
import resource
import subprocess
import sys
import tempfile
import unittest
import wave

import testing_audio as program
from testing_audio import decode, encode, flac_that_lies, loudness, pitch, run, tone, wav

FORMATS = {"wav": "wav", "flac": "flac", "mp3": "mp3", "opus": "opus"}


class Reading(unittest.TestCase):
    def test_what_it_writes_it_reads_again(self):
        for form, name in FORMATS.items():
            with self.subTest(form=form):
                made = encode(tone(2), form)
                self.assertEqual(made.one("made")["milliseconds"], 2000)
                answer = decode(made.output)
                head = answer.one("head")
                self.assertEqual((head["format"], head["channels"]), (name, 1))
                self.assertFalse(answer.one("made")["truncated"])
                samples = answer.samples()
                self.assertAlmostEqual(len(samples) / 16000, 2, delta=0.15)
                self.assertAlmostEqual(pitch(samples[2000:28000], 16000), 440, delta=1)
                self.assertAlmostEqual(loudness(samples[2000:28000]), 0.3535, delta=0.02)

    def test_channels_are_mixed_and_rates_made_one(self):
        for rate in (8000, 11025, 22050, 44100, 48000, 96000, 192000):
            with self.subTest(rate=rate):
                left = tone(0.5, rate)
                both = array.array("h", (each for sample in left for each in (sample, 0)))
                answer = decode(wav(both, rate, 2))
                self.assertEqual(answer.one("head"), {"type": "head", "format": "wav", "bytes": len(both) * 2 + 44, "channels": 2,
                                                      "rate": rate, "milliseconds": round(len(left) * 1000 / rate)})
                samples = answer.samples()
                self.assertEqual(len(samples), -(-len(left) * 16000 // rate))
                self.assertAlmostEqual(loudness(samples[500:-500]), 0.3535 / 2, delta=0.01)

    def test_the_same_rate_is_the_same_samples(self):
        samples = tone(1, 16000)
        self.assertEqual(decode(wav(samples, 16000)).samples(), samples)

    def test_flac_of_what_is_heard_says_how_long_it_is(self):
        answer = decode(wav(tone(3, 44100), 44100), to="flac")
        again = decode(answer.output)
        self.assertEqual(again.one("head")["milliseconds"], 3000)
        self.assertEqual(again.one("head")["rate"], 16000)
        self.assertEqual(again.samples(), decode(wav(tone(3, 44100), 44100)).samples())

    def test_a_header_alone_makes_nothing(self):
        answer = decode(wav(tone(1)), to="head")
        self.assertEqual([line["type"] for line in answer.lines], ["begun", "head", "end"])
        self.assertEqual(answer.output, b"")

    def test_what_is_made_stands_where_the_descriptor_does(self):
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as source:
            output.write(b"before")
            output.flush()
            source.write(wav(tone(0.1, 16000), 16000))
            source.seek(0)
            subprocess.run(["/bin/bash", "-c", f'exec 3<&{output.fileno()}; exec "$0" --decode pcm', program.PROGRAM],
                           stdin=source, pass_fds=[output.fileno()], check=True, capture_output=True)
            output.seek(0)
            self.assertEqual(output.read(), b"before" + tone(0.1, 16000).tobytes())


class Writing(unittest.TestCase):
    def test_wav_is_read_by_others(self):
        made = encode(tone(1), "wav")
        with wave.open(io.BytesIO(made.output)) as reader:
            self.assertEqual((reader.getnchannels(), reader.getsampwidth(), reader.getframerate()), (1, 2, 24000))
            self.assertEqual(reader.readframes(1 << 30), tone(1).tobytes())

    def test_bare_samples_are_made_24_kilohertz(self):
        self.assertEqual(encode(tone(1), "pcm").samples(), tone(1))
        samples = encode(tone(1, 22050), "pcm", 22050).samples()
        self.assertEqual(len(samples), 24000)
        self.assertAlmostEqual(pitch(samples, 24000), 440, delta=0.5)

    def test_sound_is_written_while_more_is_awaited(self):
        for form in ("pcm", "wav", "mp3", "opus"):
            with self.subTest(form=form):
                reader, writer = os.pipe()
                with subprocess.Popen(["/bin/bash", "-c", f'exec 3<&{writer}; exec "$0" "$@"', program.PROGRAM, "--encode", form,
                                       "--rate", "24000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[writer]) as child:
                    os.close(writer)
                    child.stdin.write(tone(1.3).tobytes())  # what a pipe holds
                    child.stdin.flush()
                    self.assertGreater(len(os.read(reader, 65536)), 0)
                    child.stdin.close()
                    while os.read(reader, 65536):
                        pass
                    os.close(reader)
                    self.assertIn(b'"type":"end"', child.stdout.read())

    def test_nothing_cannot_be_written(self):
        self.assertEqual(run(b"", "--encode", "mp3", "--rate", "24000", as_pipe=True).code, "empty")
        self.assertEqual(run(b"1", "--encode", "pcm", "--rate", "24000", as_pipe=True).code, "empty")

    def test_more_than_the_limit_is_not_written(self):
        self.assertEqual(run(bytes(5 * 16000), "--encode", "pcm", "--rate", "8000", "--limit-seconds", "4", as_pipe=True).code,
                         "too_large")


class Hostile(unittest.TestCase):
    def test_twelve_hours_of_silence_are_refused_by_the_header(self):
        flac = encode(array.array("h", bytes(48000)), "flac").output
        answer = decode(flac_that_lies(flac, 24000 * 43200))
        self.assertEqual((answer.code, answer.output), ("too_large", b""))
        self.assertEqual([line["type"] for line in answer.lines], ["begun", "error"])

    def test_silence_whose_header_does_not_tell_is_stopped_at_the_limit(self):
        flac = flac_that_lies(decode(wav(array.array("h", bytes(2 * 16000 * 90)), 16000), to="flac").output, 0)
        self.assertLess(len(flac), 20000)
        answer = decode(flac, "--limit-seconds", "60")
        self.assertIsNone(answer.one("head")["milliseconds"])
        self.assertEqual(answer.code, "too_large")
        self.assertLessEqual(len(answer.output), 2 * 16000 * 60)

    def test_memory_does_not_grow_with_the_recording(self):
        wavs = [wav(array.array("h", bytes(2 * 8000 * seconds)), 8000) for seconds in (60, 1800)]
        peaks = []
        for data in wavs:
            with tempfile.TemporaryFile() as source:
                source.write(data)
                source.seek(0)
                child = subprocess.Popen(["/bin/bash", "-c", 'exec 3>/dev/null; exec "$0" --decode pcm', program.PROGRAM],
                                         stdin=source, stdout=subprocess.DEVNULL)
                _, status, usage = os.wait4(child.pid, 0)
                child.returncode = status
                self.assertEqual(status, 0)
                peaks.append(usage.ru_maxrss)
        # What is mapped of the file counts as well: 29 MB.
        self.assertLess(peaks[1] - peaks[0], 40 * 1024)
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 1024 * 1024)

    def test_limits_are_options(self):
        data = wav(tone(2, 48000), 48000)
        self.assertEqual(decode(data, "--limit-seconds", "1").code, "too_large")
        self.assertEqual(decode(data, "--limit-rate", "44100").code, "too_large")
        self.assertEqual(decode(data, "--limit-bytes", "1000").code, "too_large")
        self.assertEqual(decode(wav(tone(1), 12000, 2), "--limit-channels", "1").code, "too_large")

    def test_what_is_not_read_is_named(self):
        for data, name in ((b"\0\0\0\x20ftypM4A mp42isom", "M4A"), (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", "WebM"),
                           (b"\xff\xf1\x50\x80" + bytes(100), "AAC"), (b"FORM\0\0\0\0AIFF", "AIFF"), (b"<html>", "")):
            answer = decode(data)
            self.assertEqual(answer.code, "unsupported")
            self.assertIn(name, answer.last["message"])
        self.assertEqual(decode(b"").code, "empty")

    def test_truncated_recordings_give_what_there_is(self):
        for form in FORMATS:
            with self.subTest(form=form):
                data = encode(tone(4), form).output
                answer = decode(data[:len(data) * 2 // 3])
                self.assertIn(answer.last["type"], ("end", "error"))
                if answer.status == 0:
                    self.assertGreater(len(answer.samples()), 16000)

    def test_changed_bytes_never_end_the_program_otherwise(self):
        chance = random.Random(5)
        for form in FORMATS:
            data = encode(tone(0.5), form).output
            for _ in range(25):
                changed = bytearray(data)
                for _ in range(chance.randint(1, 30)):
                    changed[chance.randrange(len(changed))] = chance.randrange(256)
                with self.subTest(form=form):
                    decode(bytes(changed))

    def test_a_pipe_is_no_recording(self):
        self.assertEqual(run(wav(tone(1)), "--decode", "pcm", as_pipe=True).code, "setup")

    def test_other_arguments_are_refused(self):
        for args in ((), ("--decode",), ("--decode", "mp3"), ("--encode", "wav"), ("--encode", "aac", "--rate", "24000"),
                     ("--decode", "pcm", "--rate", "8000"), ("--decode", "pcm", "--limit-seconds", "99999999")):
            done = subprocess.run([program.PROGRAM, *args], capture_output=True, stdin=subprocess.DEVNULL, check=False)
            self.assertEqual(done.returncode, 2, args)
            self.assertIn(b"usage", done.stderr)

    def test_no_program_and_no_file_can_be_reached(self):
        if b"without a sandbox" in subprocess.run([program.PROGRAM, "--decode", "head"], capture_output=True,
                                                  stdin=subprocess.DEVNULL, check=False).stderr:
            self.skipTest("built without a sandbox")
        with subprocess.Popen([program.PROGRAM, "--encode", "pcm", "--rate", "24000"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            child.stdin.write(bytes(4))
            child.stdin.flush()
            status = ""
            while "Seccomp:\t2" not in status:
                with open(f"/proc/{child.pid}/status", encoding="ascii") as file:
                    status = file.read()
            self.assertIn("NoNewPrivs:\t1", status)
            child.kill()


if __name__ == "__main__":
    program.PROGRAM = sys.argv.pop(1)
    unittest.main()
