# SPDX-License-Identifier: Apache-2.0
"""Asks engines about every feature and judges what they answer."""

from bench import Bench, Servers
from deviations import known
from features import FEATURES

FORMATS = ("delta", "iceberg")
CASES = [(feature, format) for feature in FEATURES for format in feature.formats]
TITLES = {format: [feature.title for feature, one in CASES if one == format] for format in FORMATS}


class Matrix:
    def __init__(self, engines):
        self.engines = engines
        self.servers = Servers()
        self.outcomes = {}

    def close(self):
        for engine in self.engines:
            engine.close()
        self.servers.close()

    def versions(self):
        return {engine.name: engine.version for engine in self.engines}

    def run(self, feature, format, folder):
        """Makes the tables of one feature and notes for each engine "ok" or its known deviation; answers what is wrong."""
        asked = [engine for engine in self.engines if format in engine.formats]
        looks, answers = [], {engine.name: [] for engine in asked}
        for look in feature.make(Bench(self.servers, format, folder)):
            looks.append(look)
            for engine in asked:
                engine.send(look.question())
            for engine in asked:
                answers[engine.name].append(engine.receive())
        assert looks
        wrong = []
        for engine in self.engines:
            key = (format, feature.title, engine.name)
            if engine not in asked:
                self.outcomes[key] = "–"
                continue
            deviation = known(engine.name, feature.title, format)
            found = deviation.problems(looks, answers[engine.name]) if deviation else differences(looks, answers[engine.name])
            wrong += [f"{engine.name}: {one}" for one in found]
            if not found:
                self.outcomes[key] = [deviation.mark, deviation.reason] if deviation else "ok"
        return wrong


def differences(looks, answers):
    found = []
    for number, (look, answer) in enumerate(zip(looks, answers)):
        if isinstance(answer, str):
            found.append(f"look {number}: refuses: {answer[:1500]}")
        elif answer != look.want:
            missing, extra = sorted(set(look.want) - set(answer)), sorted(set(answer) - set(look.want))
            found.append(f"look {number}: {len(look.want)} rows in Tarn, {len(answer)} read")
            found += [f"only Tarn: {one}" for one in missing[:3]] + [f"only there: {one}" for one in extra[:3]]
    return found
