/* SPDX-License-Identifier: Apache-2.0 */
/* test_tell.c: which language a question is asked in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "text/tell.h"

static const char *
told(const char *text)
{
	struct bh_arena arena = {0};
	enum bh_language language = bh_tell_language(&arena, text, strlen(text));

	bh_arena_close(&arena);
	return bh_tell_code(language);
}

static const struct {
	const char *code, *text;
} questions[] = {
	{"en", "Where do penguins live?"},
	{"en", "What is the notice period?"},
	{"en", "How many days of leave are there?"},
	{"en", "Is smoking allowed?"},
	{"en", "List the requirements for passwords."},
	{"en", "Do ducks eat fish?"},
	{"de", "Wo leben die Pinguine?"},
	{"de", "Was kostet ein Zimmer?"},
	{"de", "Wie lang ist die Kündigungsfrist?"},
	{"de", "Gibt es eine Kantine?"},
	{"fr", "Où vivent les manchots ?"},
	{"fr", "Qu’est-ce que la période de préavis ?"},
	{"fr", "Combien de jours de congé y a-t-il ?"},
	{"fr", "Que dit l'article sur la vitesse ?"},
	{"es", "¿Dónde viven los pingüinos?"},
	{"es", "Cuántos días de vacaciones hay?"},
	{"es", "¿Qué dice el manual sobre la velocidad?"},
	{"es", "Cómo se llama la directora?"},
	{"it", "Dove vivono i pinguini?"},
	{"it", "Cos'è il periodo di preavviso?"},
	{"it", "Quanti giorni di ferie ci sono?"},
	{"it", "Chi è il direttore della società?"},
	{"pt", "Onde vivem os pinguins?"},
	{"pt", "Quantos dias de férias há?"},
	{"pt", "Qual é o limite de velocidade?"},
	{"pt", "O que diz o manual sobre a velocidade?"},
	{"nl", "Waar leven pinguïns?"},
	{"nl", "Wat is de opzegtermijn?"},
	{"nl", "Hoeveel dagen verlof zijn er?"},
	{"nl", "Wie is de directeur van het bedrijf?"},
	{"sv", "Var lever pingviner?"},
	{"sv", "Vad är uppsägningstiden?"},
	{"sv", "Hur många semesterdagar finns det?"},
	{"sv", "Vem är chef för företaget?"},
	{"da", "Hvor lever pingviner?"},
	{"da", "Hvad er opsigelsesvarslet?"},
	{"da", "Hvor mange feriedage er der?"},
	{"da", "Hvem er direktør for firmaet?"},
	{"fi", "Missä pingviinit elävät?"},
	{"fi", "Mikä on irtisanomisaika?"},
	{"fi", "Kuinka monta lomapäivää on?"},
	{"fi", "Kuka on yhtiön johtaja?"},
	{"ro", "Unde trăiesc pinguinii?"},
	{"ro", "Care este perioada de preaviz?"},
	{"ro", "Câte zile de concediu sunt?"},
	{"ro", "Cine este directorul companiei?"},
	{"hu", "Hol élnek a pingvinek?"},
	{"hu", "Mennyi a felmondási idő?"},
	{"hu", "Hány nap szabadság van?"},
	{"hu", "Ki a cég igazgatója?"},
	{"tr", "Penguenler nerede yaşar?"},
	{"tr", "İhbar süresi ne kadar?"},
	{"tr", "Kaç gün izin var?"},
	{"tr", "Şirketin müdürü kim?"},
	{"ru", "Где живут пингвины?"},
	{"ru", "Что такое Kubernetes?"},
	{"el", "Πού ζουν οι πιγκουίνοι;"},
	{"el", "Ποια είναι η περίοδος προειδοποίησης;"},
	{"ar", "أين تعيش البطاريق؟"},
	{"ar", "ما هي مدة الإشعار؟"},
	{"hi", "पेंगुइन कहाँ रहते हैं?"},
	{"hi", "नोटिस की अवधि क्या है?"},
};

static void
a_question_tells_its_language(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(questions); i++) {
		if (strcmp(told(questions[i].text), questions[i].code) != 0) {
			print_error("%s: %s\n", told(questions[i].text), questions[i].text);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void
nothing_tells_english(void **state)
{
	static const char *const texts[] = {"", "?", "PPR-9087", "Kubernetes",
		"ペンギンはどこに住んでいますか", "What is \xce\xb1?",
		"Los Angeles or San Francisco, where is the office?"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		assert_string_equal(told(texts[i]), "en");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_tells_its_language),
		cmocka_unit_test(nothing_tells_english),
	};

	return cmocka_run_group_tests_name("text/tell", tests, NULL, NULL);
}
