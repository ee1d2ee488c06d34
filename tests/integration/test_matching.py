# SPDX-License-Identifier: Apache-2.0
"""Which words find which passages, and what a score depends on: the question and the passage, nobody else."""
from base import PlatformTest, main, until, uses_engine


class Matching(PlatformTest):
    """Each test has a store of its own, filled at once."""

    def filled(self, texts, tenant=None):
        """A store with a file for each of {name: text}."""
        tenant = tenant or self.acme()
        store = self.store(tenant)
        path = f"/v1/vector_stores/{store['id']}"
        files = [self.upload(tenant, text, name, content_type="text/plain")["id"] for name, text in texts.items()]
        self.ok(tenant.call("POST", f"{path}/file_batches", {"file_ids": files}))
        until(lambda: self.ok(tenant.call("GET", path))["file_counts"]["completed"] == len(files), 60, "the files")
        return path

    def scores(self, path, query, tenant=None, **body):
        """[(name, score)], as ranked."""
        page = self.ok((tenant or self.acme()).call("POST", path + "/search", {"query": query, **body}))
        return [(hit["filename"], hit["score"]) for hit in page["data"]]

    def finds(self, path, pairs, least=0.3):
        for query, name in pairs:
            with self.subTest(query=query):
                first, score = self.scores(path, query)[0]
                self.assertEqual(first, name)
                self.assertGreaterEqual(score, least)

    def test_identifiers_are_found_however_they_are_joined(self):
        path = self.filled({
            "valve": "Valve KTX-4410 closes the inlet of the tank.", "pump": "Pump KTX-4140 empties the tank.",
            "fault": "Fault F-2207: the motor does not turn.", "other": "Fault F-2270: the motor is hot.",
            "new": "Release v4.12.3 mends the printer.", "old": "Release v4.2.13 mends the scanner.",
            "sum": "The bridge cost 3,480,000 crowns.", "less": "The tunnel cost 3,840,000 crowns.",
            "code": "The update ends with 0x8024402c.", "standard": "Tested according to ISO 16750 and RFC-2616."})
        self.finds(path, [("KTX4410", "valve"), ("KTX 4410", "valve"), ("ktx_4140", "pump"), ("F2207", "fault"),
                          ("4.12.3", "new"), ("v4.2.13", "old"), ("3480000", "sum"), ("3.480.000", "sum"),
                          ("8024402c", "code"), ("ISO16750", "standard"), ("RFC2616", "standard")])

    def test_names_of_programming_languages_are_told_apart(self):
        path = self.filled({"plus": "The engine is written in C++.", "sharp": "The editor is written in C#.",
                            "plain": "The driver is written in C.", "net": "The service is written for .NET."})
        self.finds(path, [("C++", "plus"), ("C#", "sharp"), ("C", "plain"), (".NET", "net")])

    def test_articles_and_apostrophes_do_not_hide_a_word(self):
        path = self.filled({"fr": "L’usine de Brest a rouvert après l’incendie.", "it": "La pulizia dell’officina costa poco.",
                            "name": "Signed by D’Arcy O’Brien for the yard.", "none": "Signed by Arden for the mill."})
        self.finds(path, [("usine", "fr"), ("l'usine", "fr"), ("incendie", "fr"), ("officina", "it"), ("O'Brien", "name")])
        both = [dict(self.scores(path, query))["name"] for query in ("O'Brien", "O’Brien")]
        self.assertAlmostEqual(both[0], both[1], delta=0.05)

    def test_the_order_of_characters_counts_in_scripts_without_blanks(self):
        path = self.filled({"1": "事故の原因は不明です。", "2": "故事の本を読みました。", "3": "学科の試験があります。",
                            "4": "科学の授業があります。"})
        for query, name, other in (("事故", "1", "2"), ("故事", "2", "1"), ("学科", "3", "4"), ("科学", "4", "3")):
            found = dict(self.scores(path, query))
            self.assertGreater(found[name], found.get(other, 0) + 0.05, query)

    def test_marks_without_a_shape_and_vowel_signs_do_not_hide_a_word(self):
        path = self.filled({"join": "The clamp RB\u206055\u206012 is new.", "soft": "The ther\u00admo\u00adstat is old.",
                            "he": "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd \u05e8\u05b7\u05d1",
                            "ar": "\u0643\u0650\u062a\u064e\u0627\u0628\u064c \u062c\u064e\u062f\u0650\u064a\u062f"})
        self.finds(path, [("RB5512", "join"), ("thermostat", "soft"), ("\u05e9\u05dc\u05d5\u05dd", "he"),
                          ("\u0643\u062a\u0627\u0628", "ar")])

    def test_stems_find_other_forms_of_a_word(self):
        path = self.filled({"de": "Die Gärten und die Häuser sind mit einer Mauer umgeben.",
                            "en": "The boats were repaired and they are leaving the harbour.",
                            "none": "Der Preis ist in der Liste nicht genannt."})
        self.finds(path, [("Garten", "de"), ("Haus", "de"), ("boat repairs", "en")])

    def test_a_phrase_in_quotes_must_stand_as_it_is(self):
        path = self.filled({"phrase": "The speed limit in the harbour is five knots.",
                            "words": "The limit of the budget allows for no more speed boats."})
        self.assertEqual([name for name, _ in self.scores(path, '"speed limit"', ranking_options={"score_threshold": 0.5})],
                         ["phrase"])

    @uses_engine
    def test_words_decide_where_the_embedding_model_reads_no_script_or_no_order(self):
        tenant = self.engine_tenant()
        path = self.filled({"plane": "เครื่องบินลงจอดที่สนามบิน", "clothes": "เครื่องซักผ้าราคาแพง", "bug": "The bug 🐛 is mended.",
                            "start": "The start 🚀 went well.", "none": "ភ្នំពេញជារាជធានី"}, tenant)
        for query, name in (("สนามบิน", "plane"), ("ซักผ้า", "clothes"), ("🐛", "bug"), ("🚀", "start")):
            found = self.scores(path, query, tenant)
            self.assertEqual(found[0][0], name, query)
            self.assertGreater(found[0][1], 0.5)
            self.assertTrue(all(score < 0.1 for _, score in found[1:]), found)
        path = self.filled({"story": "故事很长。", "accident": "事故很多。", "names": "人名很多。", "famous": "名人很多。"}, tenant)
        # The same characters in another order.
        for query, name, other in (("故事", "story", "accident"), ("事故", "accident", "story"), ("人名", "names", "famous")):
            found = dict(self.scores(path, query, tenant))
            self.assertGreater(found[name], 0.9, query)
            self.assertLess(found.get(other, 0), 0.7, query)

    def test_sections_first_places_and_other_divisions_of_identifiers_are_found(self):
        path = self.filled({
            "left": "Bearing SKF 6204-2RS/C3 fits the left wheel.", "right": "Bearing SKF 6205-2RS/C3 fits the right wheel.",
            "printer": "The printer has 00:1A:2B:3C:4D:5E.", "scanner": "The scanner has 00:1A:2B:3C:4D:5F.", "hash": "Commit 1b2b3c4d5f6f.",
            "new": "Python 3.11.4 ships the parser.", "old": "Python 3.4.11 ships the lexer.",
            "snapshot": "The import stops with ORA-01555.", "table": "The import stops with ORA-00942.",
            "name": "D’Artagnan rode to L’Aquila.", "other": "Porthos rode to Rome.",
            "de": "Die Mueller AG ist in Koeln.", "fr": "Où est l’hôpital de la ville ?"})
        self.finds(path, [("62042RS", "left"), ("6205-2RS", "right"), ("001A2B3C4D5E", "printer"), ("00-1a-2b-3c-4d-5f", "scanner"),
                          ("3.11", "new"), ("ORA-1555", "snapshot"), ("ORA942", "table"),
                          ("Dartagnan", "name"), ("LAquila", "name"), ("Müller AG", "de"), ("hopital", "fr")])

    def test_what_has_the_word_is_above_what_has_not(self):
        path = self.filled({"one": "Part KL-7731 is the cover of the pump.", "two": "Order 7731 left in June.",
                            "none": "The harbour is closed because of the ice.", "far": "Error 0x7731aa means nothing."})
        for limit in (1, 2, 3, 4, 50):
            found = self.scores(path, "7731", max_num_results=limit)
            self.assertLessEqual({name for name, _ in found[:2]}, {"one", "two"})
            self.assertTrue(all(score < 0.5 for name, score in found if name in ("none", "far")), found)
        self.assertEqual({name for name, _ in self.scores(path, "7731", ranking_options={"score_threshold": 0.5})},
                         {"one", "two"})

    def test_a_score_is_the_same_however_many_results_are_asked_for(self):
        path = self.filled({str(i): f"Report {i}: the ferry carried {100 + i} cars over the sound." for i in range(12)})
        all_of_them = dict(self.scores(path, "how many cars did the ferry carry", max_num_results=50))
        self.assertEqual(len(all_of_them), 12)
        for limit in (1, 3, 7):
            for name, score in self.scores(path, "how many cars did the ferry carry", max_num_results=limit):
                self.assertEqual(score, all_of_them[name])

    def test_scores_fall_with_the_rank_and_a_threshold_only_cuts(self):
        path = self.filled({"a": "The mill grinds oats.", "b": "The mill stands still.", "c": "Oats are cheap.",
                            "d": "A lighthouse keeper."})
        for ranking in ({}, {"hybrid_search": {"embedding_weight": 1, "text_weight": 0}},
                        {"hybrid_search": {"embedding_weight": 0, "text_weight": 1}}):
            whole = self.scores(path, "does the mill grind oats", ranking_options=ranking)
            self.assertEqual(whole, sorted(whole, key=lambda each: -each[1]))
            cut = self.scores(path, "does the mill grind oats", ranking_options={**ranking, "score_threshold": whole[1][1]})
            self.assertEqual(cut, whole[:2])

    def test_a_neighbours_documents_move_no_score(self):
        """The neighbour has the same words, in more documents and in fewer."""
        texts = {"a": "The crane lifts twelve tons.", "b": "The tug pulls the crane barge.", "c": "Oats are cheap."}
        queries = ["which crane lifts twelve tons", "oats", "crane", "lighthouse"]
        path = self.filled(texts)
        before = [self.scores(path, query) for query in queries]
        self.filled({str(i): f"Crane {i} lifts oats, and the tug pulls crane {i} of twelve." for i in range(15)}, self.other())
        self.assertEqual([self.scores(path, query) for query in queries], before)
        # Another store of the same tenant is a neighbour as well.
        self.filled({str(i): f"Crane {i} and oats." for i in range(15)})
        self.assertEqual([self.scores(path, query) for query in queries], before)


if __name__ == "__main__":
    main()
