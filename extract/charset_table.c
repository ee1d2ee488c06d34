/* SPDX-License-Identifier: Apache-2.0 */
/* charset_table.c: see the header. Frequencies are rounded so far that a newspaper and a price list agree on them. */
#include "charset_table.h"

/* clang-format off */

/* Latin letters. */
static const struct extract_charset_language
	german = {{NULL, NULL, "äüöß", "é"}},
	french = {{NULL, "é", "àèê", "çùâîôûëïœæ"}},
	spanish = {{NULL, "óí", "áéñ", "úü"}},
	portuguese = {{NULL, "ãç", "áéíêó", "õâàúô"}},
	italian = {{NULL, NULL, "àèùòé", "ìîó"}},
	dutch = {{NULL, NULL, NULL, "éëïóöèüê"}},
	danish = {{NULL, "åøæ", "é", "òêóèôüäö"}},
	swedish = {{NULL, "äöå", NULL, "éü"}},
	icelandic = {{NULL, "íáðó", "éöúæýþ", NULL}, -1.5},
	catalan = {{NULL, NULL, "àèéíòóç", "úïü"}, -2},
	albanian = {{NULL, "ë", "ç", NULL}, -2},
	czech = {{NULL, "íáéěýřžčš", "ůú", "óťňď"}},
	slovak = {{NULL, "áíéčžý", "šúľť", "ňôóäďŕĺ"}},
	polish = {{NULL, "ęąłó", "żść", "ńź"}},
	hungarian = {{NULL, "áé", "öóőíü", "úű"}},
	croatian = {{NULL, "čš", "žć", "đ"}},
	romanian = {{NULL, "ăîâ", "şţșț", NULL}},
	turkish = {{"ı", "üşğçö", "İ", "âîû"}},
	lithuanian = {{NULL, "ėšųžįą", "ūčę", NULL}},
	latvian = {{NULL, "āīēš", "ūņļž", "čķģŗ"}},
	estonian = {{NULL, "äõüö", "š", "ž"}, -2},
	vietnamese = {{NULL, "đêâôươă\xcc\x81\xcc\x80\xcc\xa3\xcc\x89\xcc\x83", "áàéèóòíúùý", NULL}};

/* Other alphabets. */
static const struct extract_charset_language
	russian = {{"оеаинтсрвл", "кмдпуяыьгзбчй", "хжшюцщэ", "фъё"}},
	ukrainian = {{"оаинітвреслк", "мдпуязьгбчй", "хжшюїцє", "щфґ"}},
	belarusian = {{"аніерстоу", "дкмлвыяьпгйзц", "бшчхжўэюё", "ф"}},
	bulgarian = {{"аеиотнрсв", "лкдпмзуъягбч", "хжшцющй", "ьф"}},
	serbian = {{"аоиенрстј", "вукдмлпгзбшч", "ћцжљњхђ", "фџѓќѕ"}},
	greek = {{"αοιετνσςηρπκ", "υλμάίόέήωγδθχύώ", "φβξζ", "ψϊΐϋΰ"}},
	hebrew = {{"יוהלאמרתב", "שנכדםחקעפטצן", "גסזךףץ", "\xd6\xb0\xd6\xb4\xd6\xb5\xd6\xb6\xd6\xb7\xd6\xb8\xd6\xb9\xd6\xbb\xd6\xbc\xd7\x81\xd7\x82"}},
	arabic = {{"اليمنوتره", "بعدسفكحقةجأى", "شصطخزذثضغإئءؤ", "ظآ\xd9\x8e\xd9\x8f\xd9\x90\xd9\x92\xd9\x91\xd9\x8b\xd9\x8c\xd9\x8d"}},
	persian = {{"ایرنهدم", "وتبسشکزلگفخقپعجح", "آصطژچغذ", "ضظثئء"}},
	thai = {{"านรอกเง่มยลวส", "ดทต้ัีปบหแจคพิะ", "ใขชไโุูื์ำ็ผถณศ", "ซธษฐญภฟฉฮฝฆฎฏฒฑฌฤๆฯ๐๑๒๓๔๕๖๗๘๙"}};

#define WESTERN &german, &french, &spanish, &portuguese, &italian, &dutch, &danish, &swedish, &icelandic, &catalan, \
	&albanian, &estonian
#define CENTRAL &czech, &slovak, &polish, &hungarian, &croatian, &romanian, &german
#define CYRILLIC &russian, &ukrainian, &belarusian, &bulgarian, &serbian

const struct extract_charset_single extract_charset_singles[] = {
	{"windows-1252", 0, true, {WESTERN}},
	{"ISO-8859-15", -1.5, true, {WESTERN}},
	{"macintosh", -4, true, {WESTERN}},
	{"ibm-850", -4, true, {WESTERN}},
	{"ibm-437", -4.5, true, {WESTERN}},
	{"ibm-860", -6, true, {&portuguese}},
	{"ibm-861", -6, true, {&icelandic}},
	{"windows-1250", -1.2, true, {CENTRAL}},
	{"ISO-8859-2", -1.7, true, {CENTRAL}},
	{"ibm-852", -4, true, {CENTRAL}},
	{"x-mac-centraleurroman", -4, true, {CENTRAL}},
	{"windows-1254", -2, true, {&turkish, &german, &french}},
	{"windows-1257", -3.5, true, {&lithuanian, &latvian, &estonian}},
	{"ISO-8859-13", -4.5, true, {&lithuanian, &latvian, &estonian}},
	{"windows-1258", -2.5, true, {&vietnamese}},
	{"ibm-857", -5, true, {&turkish, &german, &french}},
	{"x-mac-turkish", -5, true, {&turkish, &german, &french}},
	{"ISO-8859-3", -5, true, {&turkish}},
	{"ibm-775", -6, true, {&lithuanian, &latvian, &estonian}},
	{"ISO-8859-4", -6, true, {&lithuanian, &latvian, &estonian}},
	{"ISO-8859-10", -6, true, {&lithuanian, &latvian, &estonian}},
	{"windows-1251", -1, false, {CYRILLIC}},
	{"KOI8-R", -2, false, {&russian}},
	{"KOI8-U", -2.2, false, {&russian, &ukrainian}},
	{"ibm-866", -2.5, false, {&russian, &ukrainian, &belarusian}},
	{"ISO-8859-5", -2.5, false, {CYRILLIC}},
	{"ibm-855", -3.5, false, {&russian, &ukrainian, &bulgarian, &serbian}},
	{"x-mac-cyrillic", -3.5, false, {CYRILLIC}},
	{"windows-1253", -1, false, {&greek}},
	{"ISO-8859-7", -1.5, false, {&greek}},
	{"ibm-737", -3, false, {&greek}},
	{"ibm-869", -3, false, {&greek}},
	{"x-mac-greek", -3.5, false, {&greek}},
	{"windows-1255", -1, false, {&hebrew}},
	{"ISO-8859-8", -1.5, false, {&hebrew}},
	{"ibm-862", -3, false, {&hebrew}},
	{"windows-1256", -1, false, {&arabic, &persian}},
	{"ISO-8859-6", -1.5, false, {&arabic}},
	{"windows-874", -1, false, {&thai}},
};
const size_t extract_charset_single_count = sizeof(extract_charset_singles) / sizeof(extract_charset_singles[0]);

static const char simplified[] =
	"的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如"
	"都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间"
	"由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西月话合回特代内信表化老给世位次度门任常先海通教原东声提立及比员解水名真论"
	"处走义各入几口认条平系气题活更别打四总何电数安少报才结反受目太量再感建务做接必场件计管期市直命山金指许统区保至社空决治展五基书非则却达即"
	"像难且权思王完设式色路记南品告类求据程北边交该规万取术领共确传师清切让识候带导运";
static const char traditional[] =
	"的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作里用道行所然家種事成方多經麼去法學如"
	"都同現當沒動面起看定天分還進好小部其些主樣理心本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間"
	"由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西月話合回特代內信表化老給世位次度門任常先海通教原東聲提立及比員解水名真論"
	"處走義各入幾口認條平系氣題活更別打四總何電數安少報才結反受目太量再感建務做接必場件計管期市直命山金指許統區保至社空決治展五基書非則卻達即"
	"像難且權思王完設式色路記南品告類求據程北邊交該規萬取術領共確傳師清切讓識候帶導運";
static const char japanese[] =
	"のにはをたがでてとしれさるいかっらこなもすりあきくおよまうけせそえどわだめちじみつばやーンスルトイアラリクドシレコタジプ、。日一国人年大十二本"
	"中出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨"
	"会同事自社発者地業方新場員立開手力問代明動京目通言理体田主題意不作用度強公持野以思家世多正安院心界教文元重近考画海売知道集別物使品計死特私"
	"始朝運終台広住無真有口少町料工建急止送切転研足究楽起着店病質待試族銀早映親験英医仕去味写字答夜音注帰古歌買悪図週室歩風紙黒花春赤青館屋色走"
	"秋夏習駅洋旅服夕借曜飲肉貸堂鳥飯勉冬昼茶弟牛魚兄犬妹姉漢法機部内合定回対関政経現化実全取最要期調表性成長";
static const char korean[] =
	"이다에는의을가고를하지한로은기도사어시리자나대서인아해과정일그것전수부장들으면만라여보있제주성원상조구국공동관유생경중신무비위화소계방안개"
	"연적내게연문학모저오했습니거음결체세된되당실발재외우년호용등여회간마진초스트며할라람금물업역요치산분각명력까양행영법질선식달민심속남별출말"
	"단미두반려울때와같러없본종임교불파터건강드통노월야차올품작필설입천직변머형현급바렇타군께감태접표";

const struct extract_charset_multi extract_charset_multis[] = {
	{"gb18030", -1, EXTRACT_CHARSET_GB, {0xb0, 0xd7}, {0xd8, 0xf7}, simplified, false},
	{"Big5", -1, EXTRACT_CHARSET_EUC, {0xa4, 0xc6}, {0xc9, 0xf9}, traditional, false},
	{"Shift_JIS", -1, EXTRACT_CHARSET_SJIS, {0x88, 0x97}, {0x98, 0xea}, japanese, true},
	{"EUC-JP", -1.5, EXTRACT_CHARSET_EUC_JP, {0xb0, 0xcf}, {0xd0, 0xf4}, japanese, true},
	{"windows-949", -1, EXTRACT_CHARSET_EUC, {0xb0, 0xc8}, {0xca, 0xfd}, korean, false},
};
const size_t extract_charset_multi_count = sizeof(extract_charset_multis) / sizeof(extract_charset_multis[0]);

/* clang-format on */
